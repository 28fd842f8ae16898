import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onMounted, onWillUnmount, xml } from "@odoo/owl";

const PAUSE = 5000; // milliseconds

/**
 * Read the record of a form anew every few seconds, as long as this stands on the form. Whatever somebody is typing is
 * left alone, and so is a page that nobody looks at.
 */
export class BillingReload extends Component {
    static template = xml`<span class="o_billing_reload" />`;
    static props = { ...standardWidgetProps };

    setup() {
        onMounted(() => this.wait());
        onWillUnmount(() => this.stop());
    }

    wait() {
        this.timer = setTimeout(() => this.reload(), PAUSE);
    }

    stop() {
        this.isStopped = true;
        clearTimeout(this.timer);
    }

    async reload() {
        if (!document.hidden && !(await this.props.record.isDirty())) {
            await this.props.record.load(); // where that fails it is said once, and not tried again every few seconds
        }
        if (!this.isStopped) {
            this.wait();
        }
    }
}

registry.category("view_widgets").add("billing_reload", { component: BillingReload });
