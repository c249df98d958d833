using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Structured.Analyzers.CodeFixes;

/// <summary>A logger that a project may use, and how it is told of an exception.</summary>
internal sealed class LoggerKind
{
    private readonly INamedTypeSymbol _type;
    private readonly ISymbol? _member;

    private LoggerKind(INamedTypeSymbol type, string method, ISymbol? member, (string, string)? need)
    {
        _type = type;
        _member = member;
        Method = method;
        Need = need;
    }

    /// <summary>Takes the exception and a message.</summary>
    public string Method { get; }

    /// <summary>The type whose namespace has to be in scope for that.</summary>
    public (string Namespace, string Type)? Need { get; }

    public static IEnumerable<LoggerKind> In(Compilation compilation)
    {
        if (compilation.GetTypeByMetadataName("Microsoft.Extensions.Logging.ILogger") is { } microsoft && compilation.GetTypeByMetadataName("Microsoft.Extensions.Logging.LoggerExtensions") is not null)
            yield return new LoggerKind(microsoft, "LogError", member: null, ("Microsoft.Extensions.Logging", "LoggerExtensions"));
        if (compilation.GetTypeByMetadataName("Serilog.ILogger") is { } serilog && serilog.GetMembers("Error").OfType<IMethodSymbol>().FirstOrDefault(IsOfException) is { } error)
            yield return new LoggerKind(serilog, "Error", error, need: null);
    }

    /// <summary>Whether something of that type is such a logger. An extension is there for all of them, a member may be implemented explicitly.</summary>
    public bool Is(ITypeSymbol? candidate)
        => candidate is not null
           && (KnownSymbols.Is(candidate, _type)
               || KnownSymbols.Implements(candidate, _type) && (_member is null || candidate.FindImplementationForInterfaceMember(_member) is IMethodSymbol { DeclaredAccessibility: Accessibility.Public }));

    private static bool IsOfException(IMethodSymbol method)
        => method is { TypeParameters.IsEmpty: true, Parameters: { Length: 2 } parameters }
           && parameters[0].Type is { Name: "Exception", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } }
           && parameters[1].Type.SpecialType == SpecialType.System_String;
}
