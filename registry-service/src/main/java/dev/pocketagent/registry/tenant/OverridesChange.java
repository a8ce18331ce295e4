package dev.pocketagent.registry.tenant;

import java.io.IOException;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;

import dev.pocketagent.registry.plan.LimitOverrides;

/**
 * What a tenant's own limits shall be. In a request, a field that is left out leaves them, and {@code null} ends them.
 *
 * @param to null for none
 */
@JsonDeserialize(using = OverridesChange.Reader.class)
@Schema(implementation = LimitOverrides.class, nullable = true)
public record OverridesChange(@Nullable LimitOverrides to) {

    /** Tells {@code null} from a field that is left out. */
    static final class Reader extends JsonDeserializer<OverridesChange> {

        @Override
        public OverridesChange deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return new OverridesChange(context.readValue(parser, LimitOverrides.class));
        }

        @Override
        public OverridesChange getNullValue(DeserializationContext context) {
            return new OverridesChange(null);
        }

        @Override
        public @Nullable Object getAbsentValue(DeserializationContext context) {
            return null;
        }
    }
}
