using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Analyzers.Verifiers;

/// <summary>An expected diagnostic, in the call shape of Microsoft.CodeAnalysis.Testing. Immutable: each <c>With…</c> gives a new one.</summary>
public sealed class DiagnosticResult
{
    /// <summary>Expects a diagnostic by id.</summary>
    public DiagnosticResult(string id, DiagnosticSeverity? severity)
    {
        Id = id;
        Severity = severity;
    }

    /// <summary>Expects a diagnostic of this rule.</summary>
    public DiagnosticResult(DiagnosticDescriptor descriptor)
        : this(descriptor.Id, severity: null)
    {
    }

    private DiagnosticResult(DiagnosticResult other)
    {
        Id = other.Id;
        Severity = other.Severity;
        Path = other.Path;
        Span = other.Span;
        LineSpan = other.LineSpan;
        Place = other.Place;
        Arguments = other.Arguments;
        Message = other.Message;
    }

    public string Id { get; private init; }

    public DiagnosticSeverity? Severity { get; private init; }

    internal string? Path { get; private init; }

    internal TextSpan? Span { get; init; }

    internal LinePositionSpan? LineSpan { get; private init; }

    /// <summary>The name of a numbered place in the markup.</summary>
    internal string? Place { get; private init; }

    internal ImmutableArray<string>? Arguments { get; private init; }

    internal string? Message { get; private init; }

    public static DiagnosticResult CompilerError(string id) => new(id, DiagnosticSeverity.Error);

    public static DiagnosticResult CompilerWarning(string id) => new(id, DiagnosticSeverity.Warning);

    public DiagnosticResult WithSeverity(DiagnosticSeverity severity) => new(this) { Severity = severity };

    public DiagnosticResult WithLocation(int markupKey) => new(this) { Place = "#" + markupKey };

    public DiagnosticResult WithLocation(int line, int column) => WithSpan(line, column, line, column);

    public DiagnosticResult WithSpan(int startLine, int startColumn, int endLine, int endColumn)
        => new(this) { LineSpan = new LinePositionSpan(new LinePosition(startLine - 1, startColumn - 1), new LinePosition(endLine - 1, endColumn - 1)) };

    public DiagnosticResult WithArguments(params object[] arguments) => new(this) { Arguments = arguments.Select(static argument => argument.ToString()!).ToImmutableArray() };

    public DiagnosticResult WithMessage(string message) => new(this) { Message = message };

    internal DiagnosticResult At(string path, TextSpan span) => new(this) { Path = path, Span = span };
}
