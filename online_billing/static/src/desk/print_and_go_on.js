import { registry } from "@web/core/registry";

/** Print a receipt, and go on with what follows: the next customer, or the page from which somebody came. */
async function printAndGoOn(env, action) {
    await env.services.action.doAction(action.params.report);
    return action.params.next;
}

registry.category("actions").add("online_billing.print_and_go_on", printAndGoOn);
