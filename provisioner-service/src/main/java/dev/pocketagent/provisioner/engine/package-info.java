/**
 * The backend that runs stacks as containers of a Docker or Podman engine: finds the engine, maps the approved specification to its API,
 * hands out subnets, probes health. May use {@code backend}, {@code engine.api} and {@code engine.http}; only {@code EngineBeans} and
 * {@code EngineConfig} know Quarkus. No template, no policy decision and no database ever comes in here: what is not in the specification
 * is not decided here.
 */
@NullMarked
package dev.pocketagent.provisioner.engine;

import org.jspecify.annotations.NullMarked;
