/*
 * frame.h: one captured frame, as capture/ hands it out.
 *
 * Everything is borrowed until the next call to the source it came from.
 */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include "base/bytes.h"
#include "base/stamp.h"

/*
 * Link types are the LINKTYPE_ values of capture files (not the DLT_ values of
 * one platform); capture/ translates. base/linktype.h names those we decode.
 */
struct frame {
	struct bytes data;    /* what was captured */
	uint32_t len;         /* what was on the wire, >= data.len */
	int linktype;         /* LINKTYPE_* */
	struct stamp time;    /* of the packet */
	uint32_t input;       /* which source or file, from 0 */
	uint32_t interface;   /* index for interface_name(), 0 = none */
	uint16_t vlan;        /* tag that the kernel stripped; see has_vlan */
	bool has_vlan;
};

#endif
