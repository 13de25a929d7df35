package org.mirrorlog;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * What the sources say at level WARN or ERROR, and every other text in them, as the compiler reads them: parts that
 * are joined are one text, and {@link #SOMETHING} stands for what is known at run time only.
 */
final class SaidLines extends TreeScanner<Void, Void> {
    static final String SOMETHING = "\u2026";
    /** Texts of which parts are chosen at run time: so many of each expression are looked at. */
    private static final int MOST_CHOICES = 64;
    private static final Set<String> LEVELS = Set.of("warn", "warning", "error");
    /** Their "error" answers a request. */
    private static final Set<String> ANSWERS = Set.of("HttpReply", "LogRoutes");
    /** Other programs than the daemon. */
    private static final Set<String> ROOMS_APART = Set.of("emulator", "cli");

    /** What is written around a text that comes from elsewhere. */
    private static final Pattern FRAME = Pattern.compile("^log " + SOMETHING
            + "|(?:times|such failures) since the last such line");

    private final List<Line> lines = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private final Map<String, List<String>> constants = new HashMap<>();
    private String where;

    /** A call that writes a line: the texts that it may be, without those parts that are not known. */
    record Line(String where, List<String> texts) {
        /** Those that say something by themselves. */
        List<String> own() {
            return texts.stream().filter(text -> FRAME.matcher(text).replaceAll("").chars()
                    .anyMatch(Character::isLetter)).toList();
        }
    }

    /** Reads all sources below a directory. */
    static SaidLines below(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            List<Path> sources = all.filter(path -> path.toString().endsWith(".java"))
                    .filter(path -> !ROOMS_APART.contains(path.getParent().getFileName().toString())).sorted().toList();
            JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
            try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
                return of((JavacTask) compiler.getTask(null, files, null, null, null,
                        files.getJavaFileObjectsFromPaths(sources)));
            }
        }
    }

    /** Reads one source that is no file. */
    static SaidLines in(String source) throws IOException {
        SimpleJavaFileObject file = new SimpleJavaFileObject(java.net.URI.create("string:///Test.java"),
                javax.tools.JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean isLenient) {
                return source;
            }
        };
        return of((JavacTask) ToolProvider.getSystemJavaCompiler().getTask(null, null, null, null, null,
                List.of(file)));
    }

    private static SaidLines of(JavacTask task) throws IOException {
        SaidLines said = new SaidLines();
        for (CompilationUnitTree unit : task.parse()) {
            said.constants.clear();
            new TreeScanner<Void, Void>() {
                @Override
                public Void visitVariable(VariableTree variable, Void nothing) {
                    if (variable.getInitializer() != null && variable.getName().toString().matches("[A-Z_]+")) {
                        said.constants.put(variable.getName().toString(), said.flat(variable.getInitializer()));
                    }
                    return super.visitVariable(variable, nothing);
                }
            }.scan(unit, null);
            for (Tree type : unit.getTypeDecls()) {
                said.where = ((ClassTree) type).getSimpleName().toString();
                said.scan(type, null);
            }
        }
        return said;
    }

    List<Line> lines() {
        return lines;
    }

    /** Of whatever kind, also lines. */
    List<String> texts() {
        return texts;
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree call, Void nothing) {
        if (!call.getArguments().isEmpty() && isLine(call.getMethodSelect())) {
            Line line = new Line(where, joined(call.getArguments()));
            lines.add(line);
            texts.addAll(line.texts());
        }
        return super.visitMethodInvocation(call, nothing);
    }

    private static boolean isLine(ExpressionTree method) {
        if (method instanceof MemberSelectTree member) {
            return LEVELS.contains(member.getIdentifier().toString())
                    && !(member.getExpression() instanceof IdentifierTree type
                            && ANSWERS.contains(type.getName().toString()));
        }
        return method instanceof IdentifierTree own && own.getName().contentEquals("warn");
    }

    @Override
    public Void visitBinary(BinaryTree sum, Void nothing) {
        texts.addAll(flat(sum));
        return super.visitBinary(sum, nothing);
    }

    @Override
    public Void visitLiteral(LiteralTree literal, Void nothing) {
        texts.addAll(flat(literal));
        return super.visitLiteral(literal, nothing);
    }

    // --- what an expression says ----------------------------------------------------------------------------------

    private List<String> joined(List<? extends ExpressionTree> arguments) {
        List<String> all = List.of("");
        for (ExpressionTree argument : arguments) {
            all = product(product(all, List.of(SOMETHING)), flat(argument));
        }
        return all.stream().map(text -> text.replaceAll("^" + SOMETHING + "+|" + SOMETHING + "+$", "")).toList();
    }

    private List<String> flat(Tree tree) {
        if (tree instanceof LiteralTree literal) {
            return List.of(literal.getValue() instanceof String text ? text.replace("{}", SOMETHING)
                    : String.valueOf(literal.getValue()));
        } else if (tree instanceof BinaryTree sum && sum.getKind() == Tree.Kind.PLUS) {
            return product(flat(sum.getLeftOperand()), flat(sum.getRightOperand()));
        } else if (tree instanceof ParenthesizedTree inner) {
            return flat(inner.getExpression());
        } else if (tree instanceof ConditionalExpressionTree choice) {
            List<String> both = new ArrayList<>(flat(choice.getTrueExpression()));
            both.addAll(flat(choice.getFalseExpression()));
            return both;
        } else if (tree instanceof LambdaExpressionTree lambda) {
            return flat(lambda.getBody());
        } else if (tree instanceof IdentifierTree name) {
            return constants.getOrDefault(name.getName().toString(), List.of(SOMETHING));
        } else if (tree instanceof MethodInvocationTree call
                && call.getMethodSelect() instanceof MemberSelectTree member
                && member.getIdentifier().contentEquals("formatted")) {
            return flat(member.getExpression()).stream().map(text -> text.replaceAll("%\\w", SOMETHING)).toList();
        }
        return List.of(SOMETHING);
    }

    private static List<String> product(Collection<String> lefts, Collection<String> rights) {
        return lefts.stream().flatMap(left -> rights.stream().map(right -> left + right)).limit(MOST_CHOICES).toList();
    }
}
