/*
 * cooked.c: a filter on SLL2 frames, for the kernel, where a packet of a cooked
 * socket (packet(7), SOCK_DGRAM) begins behind that header.
 *
 * What the program loads from the header comes from the kernel's own fields. A
 * program that the kernel would answer otherwise is left to filter_match():
 * one that looks for a VLAN tag, which is not in the packet any more, and one
 * that asks for the length.
 */
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "capture/internal.h"

/* Where the kernel has it; false: not at hand there. */
static bool cooked_load(struct sock_filter *f)
{
	static const struct {
		uint32_t offset;
		uint16_t size;
		int field;
	} fields[] = {
		{ 0, BPF_H, SKF_AD_PROTOCOL },
		{ 4, BPF_W, SKF_AD_IFINDEX },
		{ 8, BPF_H, SKF_AD_HATYPE },
		{ 10, BPF_B, SKF_AD_PKTTYPE },
	};

	if (f->k >= SLL2_LEN) {
		f->k -= SLL2_LEN;
		return true;
	}
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (BPF_MODE(f->code) != BPF_ABS || f->k != fields[i].offset ||
		    BPF_SIZE(f->code) != fields[i].size)
			continue;
		f->k = (uint32_t)(SKF_AD_OFF + fields[i].field);
		return true;
	}
	return false;
}

static bool cooked_one(struct sock_filter *f, uint32_t snaplen)
{
	unsigned mode = BPF_MODE(f->code);

	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_LDX:
		if (mode == BPF_LEN)
			return false;
		return mode == BPF_IMM || mode == BPF_MEM || cooked_load(f);
	case BPF_JMP:
		return !(BPF_OP(f->code) == BPF_JEQ &&
			 BPF_SRC(f->code) == BPF_K &&
			 (f->k == ETH_P_8021Q || f->k == ETH_P_8021AD ||
			  f->k == ETH_P_QINQ1));
	case BPF_RET:
		if (BPF_RVAL(f->code) == BPF_K && f->k > snaplen)
			f->k = snaplen;
		return true;
	default:
		return true;
	}
}

bool cooked_attach(int fd, const struct bpf_program *code, uint32_t snaplen)
{
	struct sock_filter all = { BPF_RET | BPF_K, 0, 0, snaplen };
	struct sock_fprog prog = { .len = 1, .filter = &all };
	struct sock_filter *f = NULL;
	bool ok = true;

	if (code) {
		f = calloc(code->bf_len, sizeof *f);
		if (!f || code->bf_len > BPF_MAXINSNS) {
			free(f);
			return false;
		}
		prog.len = (unsigned short)code->bf_len;
		prog.filter = f;
	}
	for (unsigned i = 0; code && ok && i < code->bf_len; i++) {
		const struct bpf_insn *in = &code->bf_insns[i];

		f[i] = (struct sock_filter){ in->code, in->jt, in->jf, in->k };
		ok = cooked_one(&f[i], snaplen);
	}
	ok = ok && !setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			       sizeof prog);
	free(f);
	return ok;
}
