package dev.pocketagent.registry;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.List;

import io.agroal.api.AgroalDataSource;

/** Plain SQL whose statements are noted. */
public final class SqlSpy {

    private SqlSpy() {}

    /** As the service's own, with the text of each statement added to {@code statements}. */
    public static Sql noting(AgroalDataSource database, List<String> statements) {
        return new Sql(spy(AgroalDataSource.class, database, statements));
    }

    private static <T> T spy(Class<T> type, T target, List<String> statements) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type}, (proxy, method, args) -> {
            if (method.getName().startsWith("prepare") || method.getName().equals("createStatement")) {
                statements.add(args == null ? method.getName() : String.valueOf(args[0]));
            }
            try {
                Object result = method.invoke(target, args);
                return result instanceof Connection connection
                        ? spy(Connection.class, connection, statements)
                        : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }
}
