/* ecs.h: the parts of an ECS event, a file each. Internal to src/event. */
#ifndef EVENT_ECS_H
#define EVENT_ECS_H

#include "base/json.h"
#include "event/event.h"

void ecs_tls(struct json *j, const struct log_event *e);
void ecs_wirecert(struct json *j, const struct log_event *e);
void ecs_status(struct json *j, const struct log_event *e);

#endif
