import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** So many milliseconds a form that was sent is not sent again; later somebody may have stopped the first one. */
const PAUSE = 10000;

/** Whoever clicks twice means it once. */
export class BillingSendOnce extends Interaction {
    static selector = "form[method=post][action*='/my/billing/']";
    dynamicContent = {
        _root: { "t-on-submit": this.send },
        _window: { "t-on-pageshow": this.forget },
    };

    send(ev) {
        if (this.sentAt && Date.now() - this.sentAt < PAUSE) {
            ev.preventDefault();
        } else {
            this.sentAt = Date.now();
        }
    }

    /** A page that is come back to is as new. */
    forget() {
        this.sentAt = undefined;
    }
}

registry.category("public.interactions").add("online_billing_portal.send_once", BillingSendOnce);
