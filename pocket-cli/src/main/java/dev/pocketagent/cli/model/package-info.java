/** Commands on models: chat and usage. They speak to router-service only. */
@NullMarked
package dev.pocketagent.cli.model;

import org.jspecify.annotations.NullMarked;
