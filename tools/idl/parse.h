/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IDL_PARSE_H
#define IDL_PARSE_H

struct idl;
struct source;

void parse_source(struct idl *idl, struct source *source);

#endif /* IDL_PARSE_H */
