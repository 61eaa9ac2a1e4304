#include "daemon/explain.h"

#include "daemon/health.h"
#include "steering/explain.h"

#include <jansson.h>

struct explaining {
	struct server *server;
	const struct control_request *request;
	struct kt_errs *errs;
	json_t *object; /* NULL: nothing to explain */
	bool asked;
};

static void see(void *ctx, uint32_t target, struct monitor_view *out)
{
	monitor_see(ctx, target, out);
}

static int read_question(const struct steering *steering, struct explaining *x,
    struct dns_ecs *ecs, struct steering_question *q)
{
	const char *const *words = x->request->arguments;
	return steering_question_read(
	    steering, words[0], words[1], words[2], words[3], x->errs, ecs, q);
}

static void look(
    void *ctx, const struct steering *steering, const struct monitor *monitor)
{
	struct explaining *x = ctx;
	struct steering_question q;
	struct dns_ecs ecs;
	x->asked = true;
	if (read_question(steering, x, &ecs, &q) == 0)
		x->object = steering_explain(
		    steering, &q, monitor_health(monitor), see, (void *)monitor);
}

/* Files of maps are read here, and not where probes would wait for them. */
static void add_lines(void *ctx, const struct server_view *view)
{
	struct explaining *x = ctx;
	struct steering_question q;
	struct dns_ecs ecs;
	if (view->steering && read_question(view->steering, x, &ecs, &q) == 0)
		steering_explain_lines(view->steering, &q, x->object);
}

void explain_verb(struct server *server, const struct control_request *request,
    struct verb_result *r, struct kt_errs *errs)
{
	struct explaining x = { .server = server, .request = request, .errs = errs };
	health_look(server_health(server), look, &x);
	if (!x.asked)
		kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
		    "nothing is steered here");
	if (!x.object) {
		r->status = 1;
		return;
	}
	server_see(server, add_lines, &x);
	json_decref(r->result);
	r->result = x.object;
}
