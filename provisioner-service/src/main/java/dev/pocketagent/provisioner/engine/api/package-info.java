/**
 * The few endpoints of the Docker Engine API that the provisioner needs, as Docker and Podman really answer them: expected outcomes are
 * values, everything else is an {@code EngineException} in the engine's own words. May use {@code engine.http} and Jackson's tree model.
 * No stacks, no policy, no Quarkus: this package knows containers, not what they are for.
 */
@NullMarked
package dev.pocketagent.provisioner.engine.api;

import org.jspecify.annotations.NullMarked;
