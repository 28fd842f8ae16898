import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** On a phone the pages stand in a row that scrolls sideways: show where the visitor is. */
export class BillingTabs extends Interaction {
    static selector = "[name=billing_tabs]";

    start() {
        const active = this.el.querySelector(".active");
        if (active) {
            const [row, tab] = [this.el, active].map((part) => part.getBoundingClientRect());
            this.el.scrollLeft += tab.left - row.left - (row.width - tab.width) / 2;
        }
    }
}

registry.category("public.interactions").add("online_billing_portal.tabs", BillingTabs);
