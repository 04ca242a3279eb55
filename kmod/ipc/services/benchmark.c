// SPDX-License-Identifier: GPL-2.0
/*
 * benchmark.nop: the shortest service, which answers what it was asked.
 */
#include <linux/kernel.h>

#include "ipc/service.h"

#define BENCHMARK_NOP	21

static int answer_nop(struct isle_service_call *call)
{
	call->reply->value = call->request->value;
	return 0;
}

static const struct isle_service services[] = {
	{ BENCHMARK_NOP, answer_nop },
};

const struct isle_service_group isle_service_benchmark = {
	.services = services,
	.n = ARRAY_SIZE(services),
};
