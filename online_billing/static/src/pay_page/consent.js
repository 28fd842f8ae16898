import { patch } from "@web/core/utils/patch";

import { PaymentForm } from "@payment/interactions/payment_form";

/** The wish for automatic payment beside the payment form: it saves the method, and goes with the payment. */
patch(PaymentForm.prototype, {
    setup() {
        super.setup();
        const wish = this._getBillingWish();
        if (wish) {
            const follow = () => this._saveBillingMethod(wish.checked);
            wish.addEventListener("change", follow);
            this.registerCleanup(() => wish.removeEventListener("change", follow));
        }
    },

    async _expandInlineForm(radio) {
        await super._expandInlineForm(...arguments);
        if (this._getBillingWish()?.checked) {
            this._saveBillingMethod(true);
        }
    },

    _prepareTransactionRouteParams() {
        const params = super._prepareTransactionRouteParams();
        const wish = this._getBillingWish();
        if (wish?.checked) {
            params.billing_consent = wish.value;
            params.tokenization_requested = this.paymentContext.flow !== "token";
        }
        return params;
    },

    _getBillingWish() {
        return document.querySelector("input[name='billing_consent']");
    },

    /** Tick, or free again, the providers' own boxes for saving a method, as the customer would. */
    _saveBillingMethod(isWished) {
        for (const box of this.el.querySelectorAll("input[name='o_payment_tokenize_checkbox']")) {
            if (isWished && !box.checked) {
                box.checked = true;
                box.dispatchEvent(new Event("input", { bubbles: true }));
                box.dispatchEvent(new Event("change", { bubbles: true }));
            }
            box.disabled = isWished;
        }
    },
});
