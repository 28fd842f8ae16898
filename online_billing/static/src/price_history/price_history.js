import { loadBundle } from "@web/core/assets";
import { getColor } from "@web/core/colors/colors";
import { cookie } from "@web/core/browser/cookie";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { groupBy } from "@web/core/utils/arrays";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";

const { DateTime } = luxon;

/**
 * Draw what one unit of a billing code has cost, costs and will cost.
 *
 * A price holds until the next version begins, so each plan and currency is a staircase over time. The graph view
 * would join the first days by slopes and show prices that never were.
 */
export class BillingPriceHistory extends Component {
    static template = "online_billing.PriceHistory";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            (codeId) => {
                this.draw(codeId);
                return () => this.destroyChart();
            },
            () => [this.props.record.resId]
        );
    }

    destroyChart() {
        this.chart?.destroy();
        this.chart = null;
    }

    async draw(codeId) {
        const prices = codeId
            ? await this.orm.searchRead(
                  "billing.price",
                  [["code_id", "=", codeId]],
                  ["plan_id", "currency_id", "valid_from", "valid_to", "comparable_amount", "summary"],
                  { order: "valid_from, id" }
              )
            : [];
        // the record may have changed, or the form closed, while the prices were on their way
        if (codeId !== this.props.record.resId || !this.canvas.el) {
            return;
        }
        this.destroyChart();
        // eslint-disable-next-line no-undef
        this.chart = new Chart(this.canvas.el, this.getChartConfig(prices));
    }

    getChartConfig(prices) {
        return {
            type: "line",
            data: { datasets: this.getDatasets(prices) },
            options: {
                animation: false,
                maintainAspectRatio: false,
                parsing: false,
                interaction: { mode: "nearest", intersect: false },
                plugins: {
                    tooltip: {
                        callbacks: {
                            title: ([item]) => DateTime.fromMillis(item.raw.x).toLocaleString(DateTime.DATE_MED),
                            label: (item) => `${item.dataset.label}: ${item.raw.summary}`,
                        },
                    },
                },
                scales: {
                    x: {
                        type: "time",
                        time: { minUnit: "day", tooltipFormat: "DD" },
                        ticks: { maxRotation: 0, autoSkipPadding: 16 },
                    },
                    y: { beginAtZero: true, grace: "10%", title: { display: true, text: _t("Price of one unit") } },
                },
            },
        };
    }

    getDatasets(prices) {
        const lastDay = this.getLastDay(prices);
        const series = groupBy(prices, (price) => this.getSeriesLabel(price));
        return Object.entries(series).map(([label, versions], index) => {
            const color = getColor(index, cookie.get("color_scheme"), "odoo");
            return {
                label,
                data: this.getPoints(versions, lastDay),
                stepped: true,
                borderColor: color,
                backgroundColor: color,
                borderWidth: 2,
                pointRadius: 3,
            };
        });
    }

    getSeriesLabel(price) {
        const plan = price.plan_id ? price.plan_id[1] : _t("General");
        return `${plan} (${price.currency_id[1]})`;
    }

    /** A month past today or past the last version to come, so that the last step can be seen. */
    getLastDay(prices) {
        const days = prices.map((price) => deserializeDate(price.valid_from));
        return DateTime.max(DateTime.now().startOf("day"), ...days).plus({ months: 1 });
    }

    getPoints(versions, lastDay) {
        const points = [];
        versions.forEach((version, index) => {
            const start = deserializeDate(version.valid_from);
            const next = versions[index + 1];
            const point = { y: version.comparable_amount, summary: version.summary };
            points.push({ x: start.toMillis(), ...point });
            const nextStart = next ? deserializeDate(next.valid_from) : lastDay;
            const end = version.valid_to ? deserializeDate(version.valid_to).plus({ days: 1 }) : nextStart;
            if (end < nextStart) {
                // nothing was valid in between: the line breaks
                points.push({ x: end.toMillis(), ...point }, { x: end.toMillis(), y: NaN, summary: "" });
            } else if (!next) {
                points.push({ x: lastDay.toMillis(), ...point });
            }
        });
        return points;
    }
}

registry.category("view_widgets").add("billing_price_history", { component: BillingPriceHistory });
