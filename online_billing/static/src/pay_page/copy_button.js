import { browser } from "@web/core/browser/browser";
import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** Puts what stands beside it into the clipboard; without a script, or where there is no clipboard, it is not there. */
export class CopyButton extends Interaction {
    static selector = ".o_billing_copy";
    dynamicContent = {
        _root: {
            "t-on-click": this.copy,
            "t-att-hidden": () => !browser.navigator.clipboard,
            "t-out": () => (this.isCopied ? this.el.dataset.done : this.el.dataset.label),
        },
    };

    setup() {
        this.isCopied = false;
    }

    async copy() {
        await this.waitFor(browser.navigator.clipboard.writeText(this.el.dataset.copy));
        this.isCopied = true;
        this.updateContent();
        this.waitForTimeout(() => (this.isCopied = false), 3000);
    }
}

registry.category("public.interactions").add("online_billing.copy_button", CopyButton);
