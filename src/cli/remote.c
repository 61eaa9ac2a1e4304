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

/* An argument that has the name of an option of the verb is that; the others are operands. */
static void take_arguments(const struct cli_verb *verb, const struct cli_args *args,
    const char *arguments[CONTROL_ARGUMENTS_MAX])
{
	size_t next = 0;
	for (size_t i = 0; i < control_verb_n_arguments(verb->control); i++) {
		const char *value;
		if (cli_option_known(verb, verb->control->arguments[i].name))
			value = cli_option_value(
			    args, verb->control->arguments[i].name);
		else
			value = next < args->n_operands ? args->operands[next++] : NULL;
		arguments[i] = value ? value : "";
	}
}

int cli_remote_run(const struct cli_verb *verb, const struct cli_args *args)
{
	struct kt_errs errs;
	struct control_reply reply;
	const char *arguments[CONTROL_ARGUMENTS_MAX] = { 0 };
	kt_errs_init(&errs, 0);
	take_arguments(verb, args, arguments);
	int rc = cli_remote_ask(args, verb->control, arguments, &errs, &reply);
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
