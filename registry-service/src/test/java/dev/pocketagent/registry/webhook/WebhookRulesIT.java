package dev.pocketagent.registry.webhook;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same on the packaged application. */
@QuarkusIntegrationTest
class WebhookRulesIT extends WebhookRulesTest {}
