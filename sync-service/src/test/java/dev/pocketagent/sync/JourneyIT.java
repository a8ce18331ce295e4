package dev.pocketagent.sync;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same journey on the packaged application. */
@QuarkusIntegrationTest
class JourneyIT extends JourneyTest {}
