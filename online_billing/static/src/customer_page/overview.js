import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/** What a customer has, and what they owe and why; each invoice with what can be done about it. */
export class BillingOverview extends Component {
    static template = "online_billing.Overview";
    static components = { Dropdown, DropdownItem };
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get overview() {
        return this.props.record.data[this.props.name];
    }

    open(model, id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    /** Press a button of the invoice from here, and show what has changed. */
    async act(method, id) {
        await this.press("account.move", id, method, () => this.props.record.load());
    }

    openOwn(method) {
        this.press(this.props.record.resModel, this.props.record.resId, method);
    }

    /** Do what a button of a form does: Odoo completes what its method answers. */
    press(model, id, method, onClose) {
        return this.action.doActionButton({
            type: "object",
            name: method,
            resModel: model,
            resId: id,
            resIds: [id],
            context: user.context,
            onClose,
        });
    }
}

registry.category("fields").add("billing_overview", {
    component: BillingOverview,
    supportedTypes: ["json"],
});
