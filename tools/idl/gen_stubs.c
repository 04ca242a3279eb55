// SPDX-License-Identifier: GPL-2.0
/*
 * Client stubs and server dispatch, as inline functions over an abstract
 * transport (isle_rpc.h), for any C or C++.
 *
 * In generated code names of the interface stand for what goes in, the same
 * with '_' behind them for what comes out, and what begins with '_' is the
 * stub's own: the interface has no name with '_' at an end.
 */
#include "gen.h"
#include "idl.h"

static void head(const struct gen *gen)
{
	gen_head(gen);
	fprintf(gen->to, " * %s_call_*() call a server, %s_send_*() send what has no reply, and\n"
		" * %s_dispatch_*() give what a server has received to the functions of a table;\n"
		" * isle_rpc.h says how they are used.\n */\n", gen->prefix, gen->prefix,
		gen->prefix);
	fprintf(gen->to, "#ifndef _%s_STUBS_H\n#define _%s_STUBS_H\n\n", gen->upper, gen->upper);
	fprintf(gen->to, "#include <errno.h>\n#include <string.h>\n\n");
	fprintf(gen->to, "#include <isle_rpc.h>\n#include <%s>\n\n", gen->header);
	fprintf(gen->to, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
}

/* ---- clients --------------------------------------------------------------- */

static void request_param(const struct gen *gen, const struct field *field)
{
	if (field->type->base == BASE_STR)
		fprintf(gen->to, ",\n\tconst char *%s", field->name);
	else if (field->type->base == BASE_BYTES)
		fprintf(gen->to, ",\n\tconst void *%s, __u64 %s_len", field->name, field->name);
	else if (field->count)
		fprintf(gen->to, ",\n\tconst %s *%s", gen_ctype(field), field->name);
	else
		fprintf(gen->to, ",\n\t%s %s", gen_ctype(field), field->name);
}

static void reply_param(const struct gen *gen, const struct field *field)
{
	if (field->type->base == BASE_STR)
		fprintf(gen->to, ",\n\tchar *%s_, __u64 *%s_len_", field->name, field->name);
	else if (field->type->base == BASE_BYTES)
		fprintf(gen->to, ",\n\tvoid *%s_, __u64 *%s_len_", field->name, field->name);
	else
		fprintf(gen->to, ",\n\t%s *%s_", gen_ctype(field), field->name);
}

static void fill_request(const struct gen *gen, const struct body *body)
{
	const struct field *field;

	for (field = body->fields; field; field = field->next) {
		const char *name = field->name;

		if (field == body->ool) {
			fprintf(gen->to, "\t_out.%s = (unsigned long)%s;\n", name, name);
			if (field->type->base == BASE_STR)
				fprintf(gen->to, "\t_out.%s_len = strlen(%s) + 1;\n", name, name);
			else
				fprintf(gen->to, "\t_out.%s_len = %s_len;\n", name, name);
		} else if (field->count) {
			fprintf(gen->to, "\tmemcpy(_out.%s, %s, sizeof(_out.%s));\n", name, name,
				name);
		} else if (field->type->base == BASE_BOOL) {
			fprintf(gen->to, "\t_out.%s = !!%s;\n", name, name);
		} else {
			fprintf(gen->to, "\t_out.%s = %s;\n", name, name);
		}
	}
}

static void take_reply(const struct gen *gen, const struct body *body)
{
	const struct field *field;

	for (field = body->fields; field; field = field->next) {
		const char *name = field->name;

		if (field == body->ool)
			fprintf(gen->to,
				"\t_err = isle_rpc_payload(_in.%s, _in.%s_len, %s_, %s_len_, %d);\n"
				"\tif (_err)\n\t\treturn _err;\n", name, name, name, name,
				field->type->base == BASE_STR);
	}
	for (field = body->fields; field; field = field->next) {
		const char *name = field->name;

		if (field == body->ool)
			continue;
		if (field->count)
			fprintf(gen->to, "\tif (%s_)\n\t\tmemcpy(%s_, _in.%s, sizeof(_in.%s));\n",
				name, name, name, name);
		else
			fprintf(gen->to, "\tif (%s_)\n\t\t*%s_ = %s_in.%s;\n", name, name,
				field->type->base == BASE_BOOL ? "!!" : "", name);
	}
}

static void client(const struct gen *gen, const struct ns *ns, const struct message *message)
{
	const char *name = gen_name(gen, ns, message->name);
	const struct body *in = &message->reply, *out = &message->request;
	bool rpc = message->kind == MESSAGE_RPC;
	const struct field *field;

	fputc('\n', gen->to);
	if (message->doc) {
		fputs("/*\n", gen->to);
		gen_doc_lines(gen, message->doc, " *");
		fputs(" */\n", gen->to);
	}
	fprintf(gen->to, "static __inline__ int %s_%s_%s(\n"
		"\tconst struct isle_transport *_via, __s32 _to", gen->prefix,
		rpc ? "call" : "send", name);
	for (field = out->fields; field; field = field->next)
		request_param(gen, field);
	for (field = in->fields; field; field = field->next)
		reply_param(gen, field);
	fputs(")\n{\n", gen->to);
	if (out->size)
		fprintf(gen->to, "\tstruct %s_msg_%s _out;\n", gen->prefix, name);
	if (in->size)
		fprintf(gen->to, "\tstruct %s_msg_%s_reply _in;\n", gen->prefix, name);
	fputs("\tstruct isle_message _m;\n", gen->to);
	if (rpc)
		fputs("\tint _err;\n", gen->to);
	fputs("\n\tmemset(&_m, 0, sizeof(_m));\n", gen->to);
	fprintf(gen->to, "\t_m.type = %s_MSG_%s;\n", gen->upper, gen_upper(gen, name));
	if (out->size) {
		fputs("\tmemset(&_out, 0, sizeof(_out));\n", gen->to);
		fill_request(gen, out);
		fputs("\tmemcpy(_m.data, &_out, sizeof(_out));\n", gen->to);
	}
	if (!rpc) {
		fprintf(gen->to, "\treturn _via->%s(_via->handle, _to, &_m);\n}\n",
			message->kind == MESSAGE_ASYNC ? "async_send" : "send");
		return;
	}
	if (in->ool)
		fprintf(gen->to, "\t_err = _via->call(_via->handle, _to, &_m, %s_, *%s_len_);\n",
			in->ool->name, in->ool->name);
	else
		fputs("\t_err = _via->call(_via->handle, _to, &_m, NULL, 0);\n", gen->to);
	fputs("\tif (_err)\n\t\treturn _err;\n", gen->to);
	fprintf(gen->to, "\tif (_m.type != %s_MSG_%s_REPLY)\n", gen->upper, gen_upper(gen, name));
	fputs("\t\treturn isle_rpc_error(_m.type);\n", gen->to);
	if (in->size) {
		fputs("\tmemcpy(&_in, _m.data, sizeof(_in));\n", gen->to);
		take_reply(gen, in);
	}
	fputs("\treturn 0;\n}\n", gen->to);
}

/* ---- servers --------------------------------------------------------------- */

static void handler_type(const struct gen *gen, const struct ns *ns, const struct message *message)
{
	const char *name = gen_name(gen, ns, message->name);

	fprintf(gen->to, "\tint (*%s)(void *arg, __s32 src", message->name);
	if (message->request.size)
		fprintf(gen->to, ",\n\t\tconst struct %s_msg_%s *request", gen->prefix, name);
	if (message->reply.size)
		fprintf(gen->to, ",\n\t\tstruct %s_msg_%s_reply *reply", gen->prefix, name);
	fputs(");\n", gen->to);
}

static void dispatch_request(const struct gen *gen, const struct body *body)
{
	const struct field *field;

	if (!body->size)
		return;
	fputs("\t\tmemcpy(&_in, _m->data, sizeof(_in));\n", gen->to);
	for (field = body->fields; field; field = field->next)
		if (field->type->base == BASE_BOOL && !field->count)
			fprintf(gen->to, "\t\t_in.%s = !!_in.%s;\n", field->name, field->name);
	if (body->ool && body->ool->type->base == BASE_STR)
		fprintf(gen->to, "\t\tif (!isle_rpc_is_string(_in.%s, _in.%s_len))\n"
			"\t\t\treturn isle_rpc_failed(_m, -EBADMSG);\n", body->ool->name,
			body->ool->name);
}

static void dispatch_case(const struct gen *gen, const struct ns *ns, const struct message *message)
{
	const char *name = gen_name(gen, ns, message->name);
	const char *upper = gen_upper(gen, name);
	bool rpc = message->kind == MESSAGE_RPC;

	fprintf(gen->to, "\tcase %s_MSG_%s: {\n", gen->upper, upper);
	if (message->request.size)
		fprintf(gen->to, "\t\tstruct %s_msg_%s _in;\n", gen->prefix, name);
	if (message->reply.size)
		fprintf(gen->to, "\t\tstruct %s_msg_%s_reply _out;\n", gen->prefix, name);
	if (message->request.size || message->reply.size)
		fputc('\n', gen->to);
	fprintf(gen->to, "\t\tif (!_ops->%s)\n", message->name);
	fputs(rpc ? "\t\t\treturn isle_rpc_failed(_m, -EOPNOTSUPP);\n" : "\t\t\treturn 0;\n",
	      gen->to);
	dispatch_request(gen, &message->request);
	if (message->reply.size)
		fputs("\t\tmemset(&_out, 0, sizeof(_out));\n", gen->to);
	fprintf(gen->to, "\t\t%s_ops->%s(_arg, _m->src%s%s);\n", rpc ? "_err = " : "(void)",
		message->name, message->request.size ? ", &_in" : "",
		message->reply.size ? ", &_out" : "");
	if (!rpc) {
		fputs("\t\treturn 0;\n\t}\n", gen->to);
		return;
	}
	fputs("\t\tif (_err)\n\t\t\treturn isle_rpc_failed(_m, _err);\n", gen->to);
	fputs("\t\tmemset(_m->data, 0, sizeof(_m->data));\n", gen->to);
	fprintf(gen->to, "\t\t_m->type = %s_MSG_%s_REPLY;\n", gen->upper, upper);
	if (message->reply.size)
		fputs("\t\tmemcpy(_m->data, &_out, sizeof(_out));\n", gen->to);
	fputs("\t\treturn 1;\n\t}\n", gen->to);
}

/* A table and the function that uses it, of a namespace or of what has none */
static void server(const struct gen *gen, const struct ns *ns)
{
	const char *name = ns ? ns->name : "top";
	const struct decl *decl;
	unsigned int n = 0, calls = 0;

	for (decl = gen->idl->decls; decl; decl = decl->next)
		if (decl->kind == DECL_MESSAGE && decl->ns == ns) {
			n++;
			calls += decl->message->kind == MESSAGE_RPC;
		}
	if (!n)
		return;
	fprintf(gen->to, "\nstruct %s_ops_%s {\n", gen->prefix, name);
	for (decl = gen->idl->decls; decl; decl = decl->next)
		if (decl->kind == DECL_MESSAGE && decl->ns == ns)
			handler_type(gen, ns, decl->message);
	fprintf(gen->to, "};\n\nstatic __inline__ int %s_dispatch_%s(\n"
		"\tconst struct %s_ops_%s *_ops, void *_arg, struct isle_message *_m)\n{\n",
		gen->prefix, name, gen->prefix, name);
	if (calls)
		fputs("\tint _err;\n\n", gen->to);
	fputs("\tswitch (_m->type) {\n", gen->to);
	for (decl = gen->idl->decls; decl; decl = decl->next)
		if (decl->kind == DECL_MESSAGE && decl->ns == ns)
			dispatch_case(gen, ns, decl->message);
	fputs("\t}\n\treturn -ENOMSG;\n}\n", gen->to);
}

/** gen_stubs() - write client stubs and server dispatch */
void gen_stubs(const struct gen *gen)
{
	const struct decl *decl;

	head(gen);
	for (decl = gen->idl->decls; decl; decl = decl->next)
		if (decl->kind == DECL_MESSAGE)
			client(gen, decl->ns, decl->message);
	server(gen, NULL);
	for (decl = gen->idl->decls; decl; decl = decl->next)
		if (decl->kind == DECL_NS)
			server(gen, decl->ns);
	fprintf(gen->to, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* _%s_STUBS_H */\n",
		gen->upper);
}
