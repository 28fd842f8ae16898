import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, markup, onWillStart, useState } from "@odoo/owl";

/**
 * The first page of the billing: what needs a person, what was billed and paid, what comes next.
 *
 * Each figure opens the list of what it counts. The sums of money are asked for after the page has been drawn.
 */
export class BillingHome extends Component {
    static template = "online_billing.Home";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ home: null, sums: null });
        this.isManager = false;
        this.spans = [_t("Today"), _t("Tomorrow"), _t("Six days after")];
        onWillStart(async () => {
            this.isManager = await user.hasGroup("online_billing.group_billing_manager");
            await this.load();
        });
    }

    async load() {
        this.loadSums();
        this.state.home = await this.orm.call("res.company", "get_billing_home", []);
    }

    async loadSums() {
        this.state.sums = await this.orm.call("res.company", "get_billing_home_money", []);
    }

    get hasSeveralCompanies() {
        return new Set(this.state.sums.map((row) => row.company_id)).size > 1;
    }

    async openList(name) {
        await this.open("open_billing_home_list", [name]);
    }

    /** Return the step that a person takes next; none where all that is left can wait. */
    get nextStep() {
        return this.state.home.steps.find((step) => !step.is_done && !step.is_optional)?.name;
    }

    async openStep(name) {
        await this.open("open_billing_home_step", [name], { onClose: () => this.load() });
    }

    async putStepsAway() {
        await this.orm.call("res.company", "put_billing_steps_away", []);
        await this.load();
    }

    async openSum(name, row) {
        await this.open("open_billing_home_sum", [name, row.company_id, row.currency_id]);
    }

    async open(method, values, options = {}) {
        const action = await this.orm.call("res.company", method, values);
        // Odoo says it by itself of its buttons alone; otherwise an empty list would show the tags
        const help = action.help && markup(action.help);
        // what is empty says so: invented rows in grey would look like what the figure counts
        this.action.doAction({ ...action, help, useSampleModel: false }, options);
    }

    /** Return where a line of heights from 0 to 1 goes: ten units a day, and 34 from bottom to top. */
    getPoints(line) {
        return line.map((height, day) => `${day * 10},${(35 - height * 34).toFixed(1)}`).join(" ");
    }

    formatCount(figure) {
        const count = figure.count.toLocaleString();
        return figure.is_more ? `${count}+` : count;
    }
}

registry.category("actions").add("online_billing.home", BillingHome);
