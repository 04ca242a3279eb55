/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IDL_LAYOUT_H
#define IDL_LAYOUT_H

struct body;
struct idl;

void layout_body(struct idl *idl, struct body *body);

#endif /* IDL_LAYOUT_H */
