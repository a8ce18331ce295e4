package dev.pocketagent.sync.webhook;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same on the packaged application. */
@QuarkusIntegrationTest
class WebhooksIT extends WebhooksTest {}
