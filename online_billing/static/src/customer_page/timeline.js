import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, useState } from "@odoo/owl";

/** What happened on an account, the latest first; older entries come when somebody asks for them. */
export class BillingTimeline extends Component {
    static template = "online_billing.Timeline";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ below: "", older: [], next: "" });
    }

    get latest() {
        return this.props.record.data[this.props.name] || { entries: [], next: "" };
    }

    /** Older entries belong to what stood above them when they were asked for. */
    get hasOlder() {
        return Boolean(this.state.below) && this.state.below === this.mark;
    }

    get mark() {
        return `${this.props.record.resId} ${this.latest.entries.map((entry) => entry.key).join()}`;
    }

    get entries() {
        return this.hasOlder ? this.latest.entries.concat(this.state.older) : this.latest.entries;
    }

    get next() {
        return this.hasOlder ? this.state.next : this.latest.next;
    }

    async showOlder() {
        const mark = this.mark;
        const { resModel, resId } = this.props.record;
        const answer = await this.orm.call(resModel, "get_timeline", [[resId]], { before: this.next });
        if (mark === this.mark) {
            const older = this.hasOlder ? this.state.older : [];
            Object.assign(this.state, { below: mark, older: older.concat(answer.entries), next: answer.next });
        }
    }

    open(entry) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: entry.model,
            res_id: entry.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("billing_timeline", {
    component: BillingTimeline,
    supportedTypes: ["json"],
});
