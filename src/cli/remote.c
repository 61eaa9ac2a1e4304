/* The verbs that the daemon answers. */
#include "cli/client.h"
#include "cli/out.h"
#include "cli/verb.h"

#include "base/mem.h"
#include "conf/config.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

static const char *socket_default = "/run/kotae/control.sock";

/* The socket as given, as the configuration says, or where it is without one. */
static int find_socket(const struct cli_args *args, struct kt_errs *errs, char **out)
{
	const char *config = args->config ? args->config : CONF_FILE_DEFAULT;
	if (args->socket) {
		*out = kt_strdup(args->socket);
		return 0;
	}
	if (!args->config && access(config, F_OK) < 0) {
		*out = kt_strdup(socket_default);
		return 0;
	}
	int rc = conf_socket_read(config, errs, out);
	if (rc)
		kt_errs_add(errs, KT_NOTE, rc, NULL, 0, 0, NULL,
		    "the control socket is not known; --socket names it");
	return rc;
}

int cli_remote_ask(const struct cli_args *args, const struct control_verb *verb,
    const char *const *arguments, struct kt_errs *errs, struct control_reply *reply)
{
	char *path = NULL;
	int rc = find_socket(args, errs, &path);
	if (!rc)
		rc = cli_client_ask(path, verb, arguments, errs, reply);
	free(path);
	return rc;
}

int cli_remote_run(const struct cli_verb *verb, const struct cli_args *args)
{
	struct kt_errs errs;
	struct control_reply reply;
	kt_errs_init(&errs, 0);
	int rc = cli_remote_ask(args, verb->control, args->operands, &errs, &reply);
	if (rc) {
		cli_finish(args->json, CLI_ERROR, json_object(), &errs);
		kt_errs_fini(&errs);
		return CLI_ERROR;
	}
	kt_errs_fini(&errs);
	/* An error leaves no result to show but its own texts. */
	if (!args->json &&
	    (reply.status == CLI_CLEAN || json_object_size(reply.result) > 0))
		verb->show(reply.result);
	int status = cli_finish(
	    args->json, reply.status, json_incref(reply.result), &reply.errs);
	control_reply_fini(&reply);
	return status;
}
