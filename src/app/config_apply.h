/* config_apply.h: the functions of config_rows.c's rows. Inside of config. */
#ifndef APP_CONFIG_APPLY_H
#define APP_CONFIG_APPLY_H

#include "app/config.h"

/* config_sensor.c */
bool config_filter(struct config_value *v);
bool config_interface(struct config_value *v);
bool config_memory(struct config_value *v);
bool config_name(struct config_value *v);
bool config_option(struct config_value *v);
bool config_ports(struct config_value *v);
bool config_promiscuous(struct config_value *v);
bool config_state_directory(struct config_value *v);
bool config_state_retention(struct config_value *v);
bool config_state_end(const struct config *c, const void *object, char *why);
bool config_vlan_in_key(struct config_value *v);

/* config_judge.c */
bool config_except_certificate(struct config_value *v);
bool config_except_code(struct config_value *v);
bool config_except_issuer(struct config_value *v);
bool config_except_name(struct config_value *v);
bool config_except_network(struct config_value *v);
bool config_except_until(struct config_value *v);
bool config_expiring(struct config_value *v);
bool config_expiring_high(struct config_value *v);
bool config_gateway_issuer(struct config_value *v);
bool config_gateway_names(struct config_value *v);
bool config_gateway_networks(struct config_value *v);
bool config_knowledge(struct config_value *v);
bool config_gateway_owner(struct config_value *v);
bool config_gateway_provider(struct config_value *v);
bool config_gateway_severity(struct config_value *v);
bool config_mixed_after(struct config_value *v);
bool config_own_names(struct config_value *v);
bool config_own_networks(struct config_value *v);
bool config_repeat_every(struct config_value *v);
bool config_resolve_after(struct config_value *v);
bool config_severity(struct config_value *v);
void *config_gateway_begin(struct config *c, const char *title, char *why);
bool config_gateway_end(const struct config *c, const void *object, char *why);
void *config_except_begin(struct config *c, const char *title, char *why);
bool config_except_end(const struct config *c, const void *object, char *why);

/* config_output.c */
bool config_output_events(struct config_value *v);
bool config_output_format(struct config_value *v);
bool config_output_keep(struct config_value *v);
bool config_output_min_severity(struct config_value *v);
bool config_output_path(struct config_value *v);
bool config_output_rotate_age(struct config_value *v);
bool config_output_rotate_size(struct config_value *v);
bool config_output_type(struct config_value *v);
void *config_output_begin(struct config *c, const char *title, char *why);
bool config_output_end(const struct config *c, const void *object, char *why);

#endif
