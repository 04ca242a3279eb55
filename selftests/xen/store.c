// SPDX-License-Identifier: GPL-2.0
/*
 * Transcript of the store through libxenstore: entries, permissions, watches,
 * transactions.  All of it is below the directory "data" of A, which is where a
 * domain of Xen may write.
 */
#include "store.h"

static struct xs_handle *xs;

static char *repeat(char c, unsigned int n)
{
	char *text = malloc(n + 1);

	memset(text, c, n);
	text[n] = 0;
	return text;
}

static void said_number(const char *step, const char *path)
{
	char *value = xs_read(xs, XBT_NULL, path, NULL);

	say(step, "%s", value ? party_name(strtoul(value, NULL, 10)) :
				error_name(errno));
	free(value);
}

static void domains(void)
{
	char path[64], *got;
	int i;
	static const unsigned int who[] = { 0, NOBODY, 0x7ff0 };

	got = xs_get_domain_path(xs, A.domid);
	say("path of A", "%s", got ? neat(got, strlen(got)) : error_name(errno));
	free(got);
	for (i = 0; i < 3; i++) {
		got = xs_get_domain_path(xs, who[i]);
		snprintf(path, sizeof(path), "path of %u", who[i]);
		say(path, "%s", got ? neat(got, strlen(got)) : error_name(errno));
		free(got);
	}
	say("is A introduced", "%d", xs_is_domain_introduced(xs, A.domid));
	say("is nobody introduced", "%d", xs_is_domain_introduced(xs, NOBODY));
	said_number("number", "domid");
	snprintf(path, sizeof(path), "/local/domain/%u/domid", A.domid);
	said_number("number, absolute", path);
	said_permissions("who may read data", xs, "data");
}

static void entries(void)
{
	char *text, binary[256];
	unsigned int len, i;
	void *got;

	said_write("write", xs, XBT_NULL, "data/t/b/c", "value");
	said_read("read", xs, XBT_NULL, "data/t/b/c");
	said_read("parents are empty", xs, XBT_NULL, "data/t/b");
	said_directory("list", xs, XBT_NULL, "data/t");
	said_directory("list a leaf", xs, XBT_NULL, "data/t/b/c");
	said_write("overwrite", xs, XBT_NULL, "data/t/b/c", "longer than before");
	said_read("read again", xs, XBT_NULL, "data/t/b/c");
	said_write("write nothing", xs, XBT_NULL, "data/t/b/c", "");
	said_read("read nothing", xs, XBT_NULL, "data/t/b/c");
	for (i = 0; i < 256; i++)
		binary[i] = i;
	said_ok("write all bytes", xs_write(xs, XBT_NULL, "data/t/bin", binary, 256));
	got = xs_read(xs, XBT_NULL, "data/t/bin", &len);
	say("read all bytes", "%d", got && len == 256 && !memcmp(got, binary, 256));
	free(got);
	said_read("read what is not there", xs, XBT_NULL, "data/t/none");
	said_directory("list what is not there", xs, XBT_NULL, "data/t/none");
	said_permissions("permissions of what is not there", xs, "data/t/none");
	said_ok("mkdir", xs_mkdir(xs, XBT_NULL, "data/t/dir/deep"));
	said_ok("mkdir of what is there", xs_mkdir(xs, XBT_NULL, "data/t/dir"));
	said_read("it is empty", xs, XBT_NULL, "data/t/dir/deep");
	said_ok("mkdir of what has a value", xs_mkdir(xs, XBT_NULL, "data/t/bin"));
	said_write("a value in a directory", xs, XBT_NULL, "data/t/dir", "v");
	said_read("a directory's value", xs, XBT_NULL, "data/t/dir");
	said_write("more z", xs, XBT_NULL, "data/t/z", "1");
	said_write("more a", xs, XBT_NULL, "data/t/a", "1");
	said_write("more m", xs, XBT_NULL, "data/t/m", "1");
	said_directory("the order of a list", xs, XBT_NULL, "data/t");
	said_write("the first again", xs, XBT_NULL, "data/t/b", "1");
	said_directory("that changes no order", xs, XBT_NULL, "data/t");
	said_ok("remove one", xs_rm(xs, XBT_NULL, "data/t/z"));
	said_directory("the others", xs, XBT_NULL, "data/t");
	said_ok("remove what is not there", xs_rm(xs, XBT_NULL, "data/t/z"));
	said_ok("remove without a parent", xs_rm(xs, XBT_NULL, "data/t/z/y/x"));
	said_ok("remove a tree", xs_rm(xs, XBT_NULL, "data/t/dir"));
	said_read("what was in the tree", xs, XBT_NULL, "data/t/dir/deep");

	said_write("empty path", xs, XBT_NULL, "", "x");
	said_write("two slashes", xs, XBT_NULL, "data//t", "x");
	said_write("a slash at the end", xs, XBT_NULL, "data/t/", "x");
	said_write("a space", xs, XBT_NULL, "data/t/a b", "x");
	said_write("all characters that may be", xs, XBT_NULL,
		   "data/t/azAZ09-_@:+.", "x");
	said_read("a special path", xs, XBT_NULL, "@releaseDomain");
	said_write("two dots", xs, XBT_NULL, "data/t/../u", "x");
	said_directory("two dots are a name", xs, XBT_NULL, "data/t");
	text = repeat('x', 2049);
	memcpy(text, "data/t/", 7);
	text[2040] = 0;
	said_write("a long path", xs, XBT_NULL, text, "x");
	said_ok("remove the long path", xs_rm(xs, XBT_NULL, text));
	text[2040] = 'x';
	said_write("a path that is too long", xs, XBT_NULL, text, "x");
	free(text);
	text = repeat('v', 5000);
	said_ok("a value of 2000", xs_write(xs, XBT_NULL, "data/t/v", text, 2000));
	said_ok("a value of 4000", xs_write(xs, XBT_NULL, "data/t/v", text, 4000));
	said_ok("a value of 4090", xs_write(xs, XBT_NULL, "data/t/v", text, 4090));
	free(text);
	said_read("the root", xs, XBT_NULL, "/");
	said_directory("list the root", xs, XBT_NULL, "/");
	said_directory("list all domains", xs, XBT_NULL, "/local/domain");
	said_write("write the root", xs, XBT_NULL, "/", "x");
	said_ok("remove the root", xs_rm(xs, XBT_NULL, "/"));
	said_write("an entry at the top", xs, XBT_NULL, "/isle-test", "x");
	said_ok("mkdir at the top", xs_mkdir(xs, XBT_NULL, "/local/isle-test"));
	said_write("an entry at home", xs, XBT_NULL, "isle-test", "x");
	said_write("one's number", xs, XBT_NULL, "domid", "1");
	said_ok("remove one's number", xs_rm(xs, XBT_NULL, "domid"));
	said_number("the number is still", "domid");
	said_ok("remove home", xs_rm(xs, XBT_NULL, "/local/domain"));
}

static void permissions(void)
{
	struct xs_permissions p[3] = {
		{ .id = A.domid, .perms = XS_PERM_NONE },
		{ .id = NOBODY, .perms = XS_PERM_READ },
		{ .id = NOBODY + 1, .perms = XS_PERM_READ | XS_PERM_WRITE },
	};

	said_write("create", xs, XBT_NULL, "data/p/q", "x");
	said_permissions("of a new one", xs, "data/p/q");
	said_ok("set", xs_set_permissions(xs, XBT_NULL, "data/p", p, 3));
	said_permissions("set ones", xs, "data/p");
	said_write("create below", xs, XBT_NULL, "data/p/r", "x");
	said_permissions("inherited", xs, "data/p/r");
	said_permissions("older ones keep theirs", xs, "data/p/q");
	said_read("the owner reads all the same", xs, XBT_NULL, "data/p");
	said_write("the owner writes all the same", xs, XBT_NULL, "data/p", "y");
	p[0].perms = XS_PERM_READ | XS_PERM_WRITE;
	said_ok("to all", xs_set_permissions(xs, XBT_NULL, "data/p", p, 1));
	said_permissions("to all", xs, "data/p");
	p[0].id = NOBODY;
	said_ok("give it away", xs_set_permissions(xs, XBT_NULL, "data/p", p, 1));
	p[0].id = A.domid;
	said_ok("of what is not there", xs_set_permissions(xs, XBT_NULL, "data/none", p, 1));
	said_ok("of the root", xs_set_permissions(xs, XBT_NULL, "/", p, 1));
	said_ok("none at all", xs_set_permissions(xs, XBT_NULL, "data/p", p, 0));
	said_permissions("unchanged", xs, "data/p");
	said_permissions("of one's number", xs, "domid");
	said_permissions("of what is special", xs, "@introduceDomain");
	said_ok("remove", xs_rm(xs, XBT_NULL, "data/p"));
}

static void watches(void)
{
	struct xs_handle *w = xs_open(0);
	char path[64];

	said_ok("watch the last one", xs_watch(w, "data/last", "last"));
	said_event("first event", w);
	said_ok("watch", xs_watch(w, "data/w", "token 1"));
	said_event("first event of what is not there", w);
	said_ok("another token", xs_watch(w, "data/w", "t2"));
	said_event("first event of another token", w);
	said_write("write below", xs, XBT_NULL, "data/w/x/y", "1");
	said_events("created below", w, "data/last");
	said_write("write", xs, XBT_NULL, "data/w/x/y", "1");
	said_events("the same value", w, "data/last");
	said_ok("watch deeper", xs_watch(w, "data/w/x/y/z", "deep"));
	said_event("first event deeper", w);
	said_write("write above", xs, XBT_NULL, "data/w/x", "2");
	said_events("above: not for the deeper", w, "data/last");
	xs_mkdir(xs, XBT_NULL, "data/w/x");
	said_events("mkdir of what is there", w, "data/last");
	xs_mkdir(xs, XBT_NULL, "data/w/n/m");
	said_events("mkdir", w, "data/last");
	said_ok("unwatch t2", xs_unwatch(w, "data/w", "t2"));
	said_write("write deep", xs, XBT_NULL, "data/w/x/y/z/end", "2");
	said_events("deep", w, "data/last");
	said_ok("remove above", xs_rm(xs, XBT_NULL, "data/w/x"));
	said_events("removal of a tree", w, "data/last");
	said_ok("remove nothing", xs_rm(xs, XBT_NULL, "data/w/x"));
	said_events("removal of nothing", w, "data/last");
	said_ok("unwatch deep", xs_unwatch(w, "data/w/x/y/z", "deep"));
	snprintf(path, sizeof(path), "/local/domain/%u/data/w", A.domid);
	said_ok("watch by the whole path", xs_watch(w, path, "abs"));
	said_event("first event, whole path", w);
	said_write("write for both", xs, XBT_NULL, "data/w/k", "2");
	said_events("both, each in its words", w, "data/last");
	{
		struct xs_permissions p = { .id = A.domid, .perms = XS_PERM_READ };

		xs_set_permissions(xs, XBT_NULL, "data/w/k", &p, 1);
	}
	said_events("permissions", w, "data/last");
	said_ok("unwatch by the whole path", xs_unwatch(w, path, "abs"));
	said_ok("unwatch relative", xs_unwatch(w, "data/w", "token 1"));
	said_write("write unwatched", xs, XBT_NULL, "data/w/k", "3");
	said_events("nobody watches", w, "data/last");
	said_ok("watch introductions", xs_watch(w, "@introduceDomain", "i"));
	said_ok("watch releases", xs_watch(w, "@releaseDomain", "r"));
	said_events("first events of special ones", w, "data/last");
	said_ok("watch nonsense", xs_watch(w, "@nonsense", "n"));
	said_ok("unwatch the last one", xs_unwatch(w, "data/last", "last"));
	xs_close(w);
	w = xs_open(0);
	said_ok("watch once", xs_watch(w, "data/w", "same"));
	said_event("first event of once", w);
	said_ok("watch twice", xs_watch(w, "data/w", "same"));
	xs_close(w);
	w = xs_open(0);
	said_ok("unwatch what is not watched", xs_unwatch(w, "data/w", "same"));
	xs_close(w);
	/* a library whose request is refused gives up its file */
	w = xs_open(0);
	said_ok("watch an invalid path", xs_watch(w, "data//w", "n"));
	xs_close(w);
	w = xs_open(0);
	if (said_ok("watch the root", xs_watch(w, "/", "root"))) {
		said_event("first event of the root", w);
		said_write("write for the root", xs, XBT_NULL, "data/w/k", "3");
		said_event("the root's event", w);
		said_ok("unwatch the root", xs_unwatch(w, "/", "root"));
	}
	xs_close(w);
	xs_rm(xs, XBT_NULL, "data/w");
}

static void transactions(void)
{
	struct xs_handle *w = xs_open(0);
	xs_transaction_t t, u;

	xs_watch(w, "data/last", "last");
	xs_watch(w, "data/x", "x");
	said_event("watch 1", w);
	said_event("watch 2", w);
	said_write("before", xs, XBT_NULL, "data/x/a", "old");
	said_events("before, event", w, "data/last");
	t = xs_transaction_start(xs);
	say("start", "%s", t ? "a number" : error_name(errno));
	said_write("write inside", xs, t, "data/x/a", "new");
	said_write("create inside", xs, t, "data/x/b/c", "new");
	said_ok("remove inside", xs_rm(xs, t, "data/x/none"));
	said_read("seen inside", xs, t, "data/x/a");
	said_directory("listed inside", xs, t, "data/x");
	said_read("not seen outside", xs, XBT_NULL, "data/x/a");
	said_events("no event yet", w, "data/last");
	said_ok("commit", xs_transaction_end(xs, t, false));
	said_read("seen outside", xs, XBT_NULL, "data/x/a");
	said_events("events of the commit", w, "data/last");
	said_ok("commit again", xs_transaction_end(xs, t, false));
	said_read("read in what has ended", xs, t, "data/x/a");
	said_write("write in what never was", xs, 0x7654321, "data/x/a", "1");

	t = xs_transaction_start(xs);
	said_write("write to abort", xs, t, "data/x/a", "aborted");
	said_ok("rm to abort", xs_rm(xs, t, "data/x/b"));
	said_read("removed inside", xs, t, "data/x/b/c");
	said_ok("abort", xs_transaction_end(xs, t, true));
	said_read("as before", xs, XBT_NULL, "data/x/a");
	said_events("no events of that", w, "data/last");

	t = xs_transaction_start(xs);
	said_read("read to conflict", xs, t, "data/x/a");
	said_write("write outside", xs, XBT_NULL, "data/x/a", "outside");
	said_write("write after that", xs, t, "data/x/d", "1");
	said_ok("conflict of a read", xs_transaction_end(xs, t, false));
	said_read("nothing of it", xs, XBT_NULL, "data/x/d");
	t = xs_transaction_start(xs);
	said_write("write to conflict", xs, t, "data/x/a", "in");
	said_write("write outside, too", xs, XBT_NULL, "data/x/a", "out");
	said_ok("conflict of a write", xs_transaction_end(xs, t, false));
	said_read("the one outside stays", xs, XBT_NULL, "data/x/a");
	t = xs_transaction_start(xs);
	said_read("read one", xs, t, "data/x/a");
	said_write("another one outside", xs, XBT_NULL, "data/x/other", "out");
	said_write("write one", xs, t, "data/x/a", "in");
	said_ok("no conflict", xs_transaction_end(xs, t, false));
	t = xs_transaction_start(xs);
	said_read("read only", xs, t, "data/x/a");
	said_write("changed meanwhile", xs, XBT_NULL, "data/x/a", "out");
	said_ok("conflict without a write", xs_transaction_end(xs, t, false));
	t = xs_transaction_start(xs);
	said_directory("list to conflict", xs, t, "data/x");
	xs_write(xs, XBT_NULL, "data/x/newer", "1", 1);
	xs_write(xs, t, "data/y", "1", 1);
	said_ok("conflict of a list", xs_transaction_end(xs, t, false));
	t = xs_transaction_start(xs);
	said_read("look for nothing", xs, t, "data/x/later");
	xs_write(xs, XBT_NULL, "data/x/later", "1", 1);
	xs_write(xs, t, "data/y", "1", 1);
	said_ok("conflict of nothing there", xs_transaction_end(xs, t, false));

	t = xs_transaction_start(xs);
	u = xs_transaction_start(xs);
	say("two at once", "%d", t && u && t != u);
	said_write("first", xs, t, "data/x/a", "t");
	said_write("second", xs, u, "data/x/e", "u");
	said_read("they do not see each other", xs, u, "data/x/a");
	said_ok("commit the second", xs_transaction_end(xs, u, false));
	said_ok("commit the first", xs_transaction_end(xs, t, false));
	said_directory("all of it", xs, XBT_NULL, "data/x");
	t = xs_transaction_start(xs);
	u = xs_transaction_start(xs);
	said_write("first, same", xs, t, "data/x/a", "t");
	said_write("second, same", xs, u, "data/x/a", "u");
	said_ok("commit the second, same", xs_transaction_end(xs, u, false));
	said_ok("commit the first, same", xs_transaction_end(xs, t, false));
	said_read("who won", xs, XBT_NULL, "data/x/a");
	t = xs_transaction_start(xs);
	said_ok("of another connection", xs_transaction_end(w, t, true));
	said_ok("abort it", xs_transaction_end(xs, t, true));
	said_events("all events since", w, "data/last");
	xs_close(w);
	xs_rm(xs, XBT_NULL, "data/x");
	xs_rm(xs, XBT_NULL, "data/y");
	xs_rm(xs, XBT_NULL, "data/last");
}

int main(int argc, char **argv)
{
	parties(argc, argv);
	as(&A);
	xs = xs_open(0);
	if (!xs)
		give_up("xs_open");
	domains();
	entries();
	permissions();
	watches();
	transactions();
	said_ok("clean up", xs_rm(xs, XBT_NULL, "data/t"));
	xs_close(xs);
	return 0;
}
