import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Say that files are too large before they are sent: the form stays as it is, with all that was typed. */
export class BillingFileLimits extends Interaction {
    static selector = "input[type=file][data-too-large]";
    dynamicContent = {
        _root: { "t-on-change": this.check },
    };

    check() {
        const { largest, most, tooLarge } = this.el.dataset;
        const files = [...this.el.files];
        const large = files.find((file) => file.size > Number(largest));
        const isTooMuch = large || files.length > Number(most);
        const name = large ? `${large.name}: ` : "";
        this.el.setCustomValidity(isTooMuch ? name + tooLarge : "");
        this.el.reportValidity();
    }
}

registry.category("public.interactions").add("online_billing_portal.file_limits", BillingFileLimits);
