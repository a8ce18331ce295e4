/**
 * HTTP/1.1 as far as a container engine speaks it, over a unix socket or plain TCP: one exchange a connection, an absolute deadline,
 * bounded bodies, log frames. May use the JDK only. Nothing about containers, JSON or Quarkus ever comes in here.
 */
@NullMarked
package dev.pocketagent.provisioner.engine.http;

import org.jspecify.annotations.NullMarked;
