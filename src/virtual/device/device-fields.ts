import type { WireObject } from '../json.ts'

/**
 * The `device` fields that only the thermostat may write: sensors, capabilities, equipment, states.
 * With the settings below they are about 200 fields, the size of a real upload.
 */
export const DEVICE_READINGS: WireObject = {
  ...all(false)`
    has_air_filter has_alt_heat has_aux_heat has_dehumidifier has_dual_fuel has_emer_heat
    has_heat_pump has_hot_water_control has_hot_water_temperature has_humidifier has_x2_alt_heat
    has_x2_cool has_x2_heat has_x3_cool has_x3_heat leaf leaf_type_changed oob_startup_completed
    range_enable_shown safety_temp_activating_hvac cooling_x2_active demand_charge_icon
    fan_cooling_state humidifier_state dehumidifier_state auto_dehum_state
    hvac_smoke_safety_shutoff_active hot_water_active hot_water_boiling_state maint_band_active
    should_wake_on_approach_active smoke_shutoff_supported_now gear_threshold_active weave_paired
    user_presence_active heatpump_ready heatpump_setback_active preconditioning_active
    preconditioning_ready learning_days_completed sunlight_correction_active
    sunlight_correction_ready`,
  ...all(true)`
    has_fan oob_interview_completed oob_summary_completed oob_temp_completed oob_test_completed
    oob_where_completed oob_wifi_completed oob_wires_completed radiant_control_supported
    smoke_shutoff_supported`,
  ...all(0)`
    battery_health_state error_code learning_days_completed_cool learning_days_completed_heat
    learning_days_completed_range learning_time leaf_schedule_delta leaf_type
    max_nighttime_preconditioning_seconds safety_state_time time_to_target
    upper_safety_temp_changed_at last_software_update_utc_secs seconds_since_user_presence
    touchscreen_events rssi_drop_count wiring_error_timestamp heat_link_connection
    hvac_smoke_safety_shutoff_time capability_level_used compressor_lockout_timeout
    compressor_lockout_leaf creation_time filter_runtime_sec gateway_failures phantom_heat_events
    reset_count`,
  ...all('')`
    wiring_error heat_link_serial_number heat_link_model heat_link_sw_version heatx2_source_kind
    heatx3_source_kind pin_ob_description pin_star_description pin_w2aux_description
    pin_y2_description home_icon last_reset_reason`,
  ...all('none')`
    safety_state cooling_x2_source cooling_x3_source alt_heat_source alt_heat_x2_source
    aux_heat_source emer_heat_source heat_x2_source heat_x3_source`,
  auto_away_reset: false,
  backplate_bsl_info: 'BSL',
  backplate_bsl_version: '2.1',
  backplate_model: 'Backplate-5.3',
  backplate_mono_info: 'TFE (BP_DVT)',
  backplate_mono_version: '4.2.8',
  backplate_serial_number: '02BA00AA00000000',
  backplate_temperature: 20.6,
  battery_level: 3.93,
  can_cool: true,
  can_heat: true,
  capability_level: 5.94,
  click_sound_supported: true,
  cooling_delivery: 'forced-air',
  cooling_source: 'electric',
  current_humidity: 42,
  current_version: '',
  equipment_type: 'gas',
  heat_x2_delivery: 'forced-air',
  heater_delivery: 'forced-air',
  heater_source: 'gas',
  hvac_pins: 'W1,Y1,C,Rh,G',
  hvac_wires: 'Heat,Cool,Fan,Common Wire,Rh',
  leaf_away_high: 28.88,
  leaf_away_low: 15.95,
  leaf_threshold_cool: 23.6,
  leaf_threshold_heat: 20.4,
  learning_state: 'steady',
  local_ip: '',
  logging_priority: 'informational',
  mac_address: '',
  model_version: '',
  nlclient_state: 'connected',
  pin_c_description: 'power',
  pin_g_description: 'fan',
  pin_rc_description: 'none',
  pin_rh_description: 'power',
  pin_w1_description: 'heat',
  pin_y1_description: 'cool',
  rssi: 68,
  serial_number: '',
  star_type: 'unknown',
  time_to_target_training: 'ready',
  type: 'TBD',
  y2_type: 'unknown',
}

/** The settings a server may write as well (section 6). */
export const DEVICE_SETTINGS: WireObject = {
  ...all(true)`
    auto_away_enable away_temperature_low_enabled lower_safety_temp_enabled learning_mode
    preconditioning_enabled sunlight_correction_enabled nest_comfort_enabled radiant_control_enabled
    smoke_shutoff_enabled`,
  ...all(false)`
    away_temperature_high_enabled upper_safety_temp_enabled temperature_lock auto_dehum_enabled
    dehumidifier_enabled fan_cooling_enabled farsight_enabled filter_reminder_enabled
    heat_pump_aux_threshold_enabled heat_pump_comp_threshold_enabled hot_water_away_enabled
    hot_water_boost_enabled humidifier_enabled target_humidity_enabled max_runtime_enabled
    dual_fuel_breakpoint_override_enabled emer_heat_enable fan_schedule_enabled wind_down_enabled
    vacation_hold_enabled quiet_hours_enabled`,
  ...all(0)`
    fan_timer_timeout fan_duty_cycle fan_duty_start_time fan_duty_end_time filter_changed_date
    filter_changed_set_date hot_water_boost_time_to_end humidity_control_lockout_end_time
    humidity_control_lockout_start_time`,
  away_temperature_high: 26,
  away_temperature_low: 16,
  clock_format: '24',
  country_code: 'DE',
  device_locale: 'de_DE',
  display_brightness: 'auto',
  dual_fuel_breakpoint: -1,
  dual_fuel_breakpoint_override: 'none',
  eco: { mode: 'schedule', touched_by: 1, mode_update_timestamp: 0 },
  fan_mode: 'auto',
  fan_schedule_speed: 'stage1',
  fan_timer_duration: 900,
  fan_timer_speed: 'stage1',
  farsight_screen: 'thermostat',
  filter_replacement_threshold_sec: 4_320_000,
  heat_pump_aux_threshold: 10,
  heat_pump_comp_threshold: -31.5,
  heat_pump_savings: 'off',
  hot_water_mode: 'schedule',
  hot_water_temperature: 50,
  lower_safety_temp: 4.444,
  upper_safety_temp: 35,
  postal_code: '10115',
  target_humidity: 35,
  temperature_lock_high_temp: 22.2,
  temperature_lock_low_temp: 20,
  temperature_lock_pin_hash: '',
  temperature_scale: 'C',
  user_brightness: 'auto',
  where_id: '00000000-0000-0000-0000-00010000000b',
}

/** The same value for each of the names. */
export function all(value: unknown) {
  return ([names = '']: TemplateStringsArray): WireObject =>
    Object.fromEntries(
      names
        .trim()
        .split(/\s+/)
        .map((name) => [name, value]),
    )
}
