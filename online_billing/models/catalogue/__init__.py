from . import category, code, code_resource, plan, plan_line, price, price_tier, product_product, resource
