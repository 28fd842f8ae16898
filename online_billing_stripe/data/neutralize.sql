-- a copy of a database for tests takes no events of the business
UPDATE payment_provider
   SET stripe_billing_secret = NULL,
       stripe_billing_second_secret = NULL;
