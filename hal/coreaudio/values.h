/* values.h - who answers for a row of the table.
   SPDX-License-Identifier: MIT */
#ifndef VSC_COREAUDIO_VALUES_H
#define VSC_COREAUDIO_VALUES_H

#include "properties.h"

/** What the row itself says. */
UInt32
value_constant(const struct query *q, void *out, UInt32 room);
UInt32
value_base_class(const struct query *q, void *out, UInt32 room);
UInt32
value_class(const struct query *q, void *out, UInt32 room);
UInt32
value_owner(const struct query *q, void *out, UInt32 room);
UInt32
value_owned(const struct query *q, void *out, UInt32 room);
UInt32
value_name(const struct query *q, void *out, UInt32 room);
UInt32
value_none(const struct query *q, void *out, UInt32 room);
UInt32
value_devices(const struct query *q, void *out, UInt32 room);
UInt32
value_device_of_uid(const struct query *q, void *out, UInt32 room);
UInt32
value_streams(const struct query *q, void *out, UInt32 room);
UInt32
value_domain(const struct query *q, void *out, UInt32 room);
UInt32
value_running(const struct query *q, void *out, UInt32 room);
UInt32
value_uid(const struct query *q, void *out, UInt32 room);
UInt32
value_safety(const struct query *q, void *out, UInt32 room);
UInt32
value_rate(const struct query *q, void *out, UInt32 room);
UInt32
value_rates(const struct query *q, void *out, UInt32 room);
UInt32
value_stereo(const struct query *q, void *out, UInt32 room);
UInt32
value_layout(const struct query *q, void *out, UInt32 room);
UInt32
value_channel_name(const struct query *q, void *out, UInt32 room);
UInt32
value_channel_number(const struct query *q, void *out, UInt32 room);
UInt32
value_active(const struct query *q, void *out, UInt32 room);
UInt32
value_direction(const struct query *q, void *out, UInt32 room);
UInt32
value_format(const struct query *q, void *out, UInt32 room);
UInt32
value_formats(const struct query *q, void *out, UInt32 room);
OSStatus
value_set_rate(const struct query *q, const void *data);
OSStatus
value_set_active(const struct query *q, const void *data);
OSStatus
value_set_format(const struct query *q, const void *data);

/** Channels of a scope. */
UInt32
value_channels(const struct shape *s, AudioObjectPropertyScope scope);

#endif
