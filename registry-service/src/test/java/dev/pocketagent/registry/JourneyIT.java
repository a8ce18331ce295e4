package dev.pocketagent.registry;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same journey on the packaged application. */
@QuarkusIntegrationTest
class JourneyIT extends JourneyTest {}
