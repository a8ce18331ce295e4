/**
 * Writing a revision to a folder that agents mount: immutable folders by revision and a link {@code current} that is moved in one step.
 * Plain Java on {@code sync.revision}, without database or framework. Only what was put there by this package is ever changed or deleted; what agents write never is.
 */
@NullMarked
package dev.pocketagent.sync.publish;

import org.jspecify.annotations.NullMarked;
