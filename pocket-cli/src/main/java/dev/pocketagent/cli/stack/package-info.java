/** Commands on stacks, templates and operations. They speak to provisioner-service, and to sync for its operations. */
@NullMarked
package dev.pocketagent.cli.stack;

import org.jspecify.annotations.NullMarked;
