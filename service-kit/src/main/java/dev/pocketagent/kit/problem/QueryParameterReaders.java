package dev.pocketagent.kit.problem;

import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.ext.ParamConverter;
import jakarta.ws.rs.ext.ParamConverterProvider;
import jakarta.ws.rs.ext.Provider;

import org.jspecify.annotations.Nullable;

/**
 * Reads query parameters that are no texts. What cannot be read is a 400 that names the parameter and says what would be right;
 * JAX-RS by itself has a 404 for it, which looks as if the thing was not there. An empty one counts as not given.
 */
@Provider
public final class QueryParameterReaders implements ParamConverterProvider {

    private record Reader(Function<String, ?> read, String form) {}

    private static final Reader WHOLE = new Reader(Integer::valueOf, "a whole number");
    private static final Reader LONG = new Reader(Long::valueOf, "a whole number");
    private static final Reader NUMBER = new Reader(Double::valueOf, "a number");
    private static final Map<Class<?>, Reader> READERS = Map.of(int.class, WHOLE, Integer.class, WHOLE, long.class,
            LONG,
            Long.class, LONG, double.class, NUMBER, Double.class, NUMBER,
            UUID.class, new Reader(UUID::fromString, "an id (a UUID)"),
            Instant.class, new Reader(Instant::parse, "a time such as 2026-11-24T10:15:30Z"),
            OffsetDateTime.class, new Reader(OffsetDateTime::parse, "a time such as 2026-11-24T10:15:30Z"),
            LocalDate.class, new Reader(LocalDate::parse, "a day such as 2026-11-24"));

    @Override
    public <T> @Nullable ParamConverter<T> getConverter(Class<T> type, Type genericType, Annotation[] annotations) {
        Optional<String> name = Stream.of(annotations).filter(QueryParam.class::isInstance)
                .map(each -> ((QueryParam) each).value()).findFirst();
        Reader reader = type.isEnum() ? constants(type) : READERS.get(type);
        return name.isEmpty() || reader == null ? null : new Converter<>(name.get(), type.isPrimitive(), reader);
    }

    private static Reader constants(Class<?> type) {
        Map<String, Object> byName = Arrays.stream(type.getEnumConstants())
                .collect(Collectors.toMap(each -> ((Enum<?>) each).name(), each -> each));
        return new Reader(text -> {
            Object constant = byName.get(text);
            if (constant == null) {
                throw new IllegalArgumentException(text);
            }
            return constant;
        }, "one of " + Arrays.stream(type.getEnumConstants()).map(each -> ((Enum<?>) each).name())
                .collect(Collectors.joining(", ")));
    }

    private record Converter<T>(String name, boolean needed, Reader reader) implements ParamConverter<T> {

        @Override
        @SuppressWarnings("unchecked") // a reader makes what it is listed under
        public @Nullable T fromString(String text) {
            if (!needed && (text == null || text.isEmpty())) {
                return null;
            }
            try {
                return (T) reader.read.apply(text);
            } catch (RuntimeException e) {
                throw ProblemException.invalid("?" + name, "must be " + reader.form);
            }
        }

        @Override
        public String toString(T value) {
            return String.valueOf(value);
        }
    }
}
