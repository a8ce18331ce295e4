package dev.pocketagent.kit.problem;

import java.lang.invoke.MethodType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MultivaluedMap;

/**
 * Finds the query parameters that cannot be read. JAX-RS has a 404 for them, and does not say which one it was; to a caller
 * it looks as if the thing was not there.
 */
final class QueryValues {

    /** How JAX-RS makes values out of texts, in its order; {@code parse} is of the types of java.time. */
    private static final List<String> MAKERS = List.of("fromString", "valueOf", "parse");
    private static final Map<Class<?>, String> FORMS = Map.of(Integer.class, "a whole number", Long.class,
            "a whole number", Double.class, "a number", UUID.class, "an id (a UUID)", Instant.class,
            "a time such as 2026-11-24T10:15:30Z", OffsetDateTime.class, "a time such as 2026-11-24T10:15:30Z",
            LocalDate.class, "a day such as 2026-11-24");

    private QueryValues() {}

    /** Those of a method's parameters whose values are of another type; empty when all can be read. */
    static List<InputError> unreadable(Method method, MultivaluedMap<String, String> query) {
        List<InputError> errors = new ArrayList<>();
        for (Parameter parameter : method.getParameters()) {
            if (parameter.isAnnotationPresent(BeanParam.class)) {
                for (Field field : parameter.getType().getDeclaredFields()) {
                    check(field, field.getGenericType(), query, errors);
                }
            } else {
                check(parameter, parameter.getParameterizedType(), query, errors);
            }
        }
        return errors;
    }

    private static void check(AnnotatedElement place, Type type, MultivaluedMap<String, String> query,
            List<InputError> errors) {
        QueryParam name = place.getAnnotation(QueryParam.class);
        if (name == null || !(element(type) instanceof Class<?> plain)) {
            return;
        }
        Class<?> wanted = MethodType.methodType(plain).wrap().returnType();
        // An empty one counts as not given.
        if (query.getOrDefault(name.value(), List.of()).stream()
                .anyMatch(value -> !value.isEmpty() && !reads(wanted, value))) {
            errors.add(new InputError("?" + name.value(), "must be " + form(wanted)));
        }
    }

    private static Type element(Type type) {
        return type instanceof ParameterizedType list ? list.getActualTypeArguments()[0] : type;
    }

    private static boolean reads(Class<?> type, String value) {
        Optional<Method> maker = maker(type);
        if (maker.isEmpty()) {
            return true;
        }
        try {
            maker.get().invoke(null, value);
            return true;
        } catch (InvocationTargetException e) {
            return false;
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("only public ones are called", e);
        }
    }

    private static Optional<Method> maker(Class<?> type) {
        return MAKERS.stream().flatMap(name -> Arrays.stream(type.getMethods())
                .filter(method -> method.getName().equals(name) && Modifier.isStatic(method.getModifiers())
                        && method.getParameterCount() == 1
                        && CharSequence.class.isAssignableFrom(method.getParameterTypes()[0])))
                .findFirst();
    }

    private static String form(Class<?> type) {
        Object[] constants = type.getEnumConstants();
        return constants == null
                ? FORMS.getOrDefault(type, "of another form")
                : "one of " + Arrays.stream(constants).map(Object::toString).collect(Collectors.joining(", "));
    }
}
