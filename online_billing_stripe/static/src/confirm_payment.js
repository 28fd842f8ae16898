/* global Stripe */
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Let the customer prove to the bank who they are, and have the server ask what came of it. */
export class ConfirmPayment extends Interaction {
    static selector = "#billing_stripe_confirm";
    dynamicContent = {
        "button[name='confirm']": { "t-on-click.prevent": this.onConfirm },
    };

    start() {
        const isLoaded = typeof Stripe !== "undefined";
        this.el.querySelector("[name='ready']").classList.toggle("d-none", !isLoaded);
        this.el.querySelector("[name='without_stripe']").classList.toggle("d-none", isLoaded);
    }

    async onConfirm(ev) {
        const button = ev.currentTarget;
        const { publishableKey, clientSecret, method, language } = this.el.dataset;
        button.disabled = true;
        const stripe = Stripe(publishableKey, { locale: language });
        const { error } = await this.waitFor(
            stripe.confirmCardPayment(clientSecret, method ? { payment_method: method } : {})
        );
        const form = this.el.querySelector("form");
        form.querySelector("input[name='trouble']").value = error ? error.message || "" : "";
        form.submit();
    }
}

registry.category("public.interactions").add("online_billing_stripe.confirm_payment", ConfirmPayment);
