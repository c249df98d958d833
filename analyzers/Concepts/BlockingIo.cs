using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>Calls of the base class library that wait for a disk, a network or a database, and have an asynchronous twin.</summary>
internal static class BlockingIo
{
    /// <summary>By metadata name of the type that declares it first, the method and the name of its twin.</summary>
    private static readonly ImmutableDictionary<string, ImmutableDictionary<string, string>> Twins = new Dictionary<string, string>
    {
        ["System.IO.File"] = "ReadAllText ReadAllLines ReadAllBytes WriteAllText WriteAllLines WriteAllBytes AppendAllText AppendAllLines AppendAllBytes",
        ["System.IO.Stream"] = "Read Write Flush CopyTo ReadExactly ReadAtLeast",
        ["System.IO.TextReader"] = "Read ReadBlock ReadLine ReadToEnd",
        ["System.IO.TextWriter"] = "Write WriteLine Flush",
        ["System.IO.Pipes.NamedPipeServerStream"] = "WaitForConnection",
        ["System.IO.Pipes.NamedPipeClientStream"] = "Connect",
        ["System.Net.Sockets.Socket"] = "Accept Connect Send SendTo SendFile Receive ReceiveFrom Disconnect",
        ["System.Net.Sockets.TcpClient"] = "Connect",
        ["System.Net.Sockets.TcpListener"] = "AcceptTcpClient AcceptSocket",
        ["System.Net.Sockets.UdpClient"] = "Send Receive",
        ["System.Net.Security.SslStream"] = "AuthenticateAsClient AuthenticateAsServer",
        ["System.Net.Dns"] = "GetHostEntry GetHostAddresses",
        ["System.Net.NetworkInformation.Ping"] = "Send:SendPingAsync",
        ["System.Net.HttpListener"] = "GetContext",
        ["System.Net.WebRequest"] = "GetResponse GetRequestStream",
        ["System.Net.WebClient"] = "DownloadString:DownloadStringTaskAsync DownloadData:DownloadDataTaskAsync DownloadFile:DownloadFileTaskAsync UploadString:UploadStringTaskAsync UploadData:UploadDataTaskAsync UploadFile:UploadFileTaskAsync UploadValues:UploadValuesTaskAsync OpenRead:OpenReadTaskAsync OpenWrite:OpenWriteTaskAsync",
        ["System.Net.Http.HttpMessageInvoker"] = "Send",
        ["System.Net.Http.HttpClient"] = "Send",
        ["System.Data.Common.DbConnection"] = "Open BeginTransaction",
        ["System.Data.Common.DbCommand"] = "ExecuteNonQuery ExecuteReader ExecuteScalar Prepare",
        ["System.Data.Common.DbDataReader"] = "Read NextResult",
        ["System.Data.Common.DbTransaction"] = "Commit Rollback",
    }.ToImmutableDictionary(
        static each => each.Key,
        static each => each.Value.Split(' ').Select(static name => name.Split(':')).ToImmutableDictionary(static name => name[0], static name => name.Length > 1 ? name[1] : name[0] + "Async"));

    /// <summary>Most calls have another name: they are told apart before anything is put together.</summary>
    private static readonly ImmutableHashSet<string> MethodNames = Twins.Values.SelectMany(static twins => twins.Keys).ToImmutableHashSet(StringComparer.Ordinal);

    private static readonly ImmutableHashSet<string> NamesOfTypes = Twins.Keys.Select(static name => name.Substring(name.LastIndexOf('.') + 1)).ToImmutableHashSet(StringComparer.Ordinal);

    /// <summary>Streams that hold what they give, and writers on top of them.</summary>
    private static readonly ImmutableHashSet<string> InMemory = ImmutableHashSet.Create(
        StringComparer.Ordinal,
        "System.IO.MemoryStream",
        "System.IO.UnmanagedMemoryStream",
        "System.IO.StringReader",
        "System.IO.StringWriter",
        // Its asynchronous forms run synchronously.
        "Microsoft.Data.Sqlite.SqliteConnection",
        "Microsoft.Data.Sqlite.SqliteCommand",
        "Microsoft.Data.Sqlite.SqliteDataReader",
        "Microsoft.Data.Sqlite.SqliteTransaction");

    /// <summary>What the call could be instead; null where it does not wait for a device, where that is not known, or where there is no twin.</summary>
    public static IMethodSymbol? TwinOf(IInvocationOperation call, CancellationToken cancellationToken)
    {
        var method = call.TargetMethod;
        if (!MethodNames.Contains(method.Name)
            || Declared(method) is not { } declared
            || TwinsOf(declared.ContainingType) is not { } twins
            || !twins.TryGetValue(declared.Name, out var name)
            || TwinNamed(name, call.Instance?.Unconverted().Type ?? method.ContainingType) is not { } twin)
        {
            return null;
        }

        // A span may lie on the stack, where an await cannot follow it.
        if (call.Arguments.Any(static argument => argument.Value.Unconverted().Type is { IsRefLikeType: true }))
            return null;
        if (IsTheSynchronousOf(call, twin))
            return null;
        return call.Instance is { } instance && (instance is IInstanceReferenceOperation || IsUnknownText(instance, cancellationToken) || IsInMemory(instance, 0, cancellationToken) || IsKnownReady(call, instance)) ? null : twin;
    }

    /// <summary>The method as it was declared first: a provider's own <c>Open</c> is <c>DbConnection.Open</c>.</summary>
    private static IMethodSymbol? Declared(IMethodSymbol method)
    {
        var declared = (method.ReducedFrom ?? method).OriginalDefinition;
        while (declared.OverriddenMethod is { } overridden)
            declared = overridden.OriginalDefinition;
        if (declared.IsStatic || TwinsOf(declared.ContainingType) is not null)
            return declared;
        // Providers hide some members to give a type of their own back: `SqlCommand.ExecuteReader`.
        for (var type = declared.ContainingType.BaseType; type is not null; type = type.BaseType)
        {
            if (TwinsOf(type) is { } twins && twins.ContainsKey(declared.Name))
                return type.GetMembers(declared.Name).OfType<IMethodSymbol>().FirstOrDefault(each => each.Parameters.Length == declared.Parameters.Length);
        }

        return null;
    }

    private static ImmutableDictionary<string, string>? TwinsOf(INamedTypeSymbol type)
        => NamesOfTypes.Contains(type.MetadataName) && Twins.TryGetValue(NameOf(type), out var twins) ? twins : null;

    private static IMethodSymbol? TwinNamed(string name, ITypeSymbol type)
    {
        for (ITypeSymbol? each = type; each is not null; each = each.BaseType)
        {
            if (each.GetMembers(name).OfType<IMethodSymbol>().FirstOrDefault(static twin => twin.DeclaredAccessibility == Accessibility.Public) is { } twin)
                return twin;
        }

        return null;
    }

    private static string NameOf(INamedTypeSymbol type) => Namespaces.Around(type) + "." + type.MetadataName;

    /// <summary><c>async ? await stream.ReadAsync(…) : stream.Read(…)</c>: code that is written once for both.</summary>
    private static bool IsTheSynchronousOf(IInvocationOperation call, IMethodSymbol twin)
    {
        for (IOperation branch = call; branch.Parent is { } parent; branch = parent)
        {
            if (parent is IConditionalOperation choice && branch != choice.Condition)
            {
                var other = branch == choice.WhenTrue ? choice.WhenFalse : choice.WhenTrue;
                if (other is not null && other.DescendantsAndSelf().Any(each => each is IInvocationOperation { TargetMethod.Name: var name } && name == twin.Name))
                    return true;
            }
        }

        return false;
    }

    /// <summary>A reader or writer may be of a string, or the console: only those of streams are known to wait.</summary>
    private static bool IsUnknownText(IOperation instance, CancellationToken cancellationToken)
    {
        var type = (instance.Unconverted() is ILocalReferenceOperation local && OriginOf(local.Local, instance, cancellationToken) is { } origin ? origin.Type : null) ?? instance.Unconverted().Type;
        for (var each = type; each is not null; each = each.BaseType)
        {
            switch (NameOf((each as INamedTypeSymbol)!))
            {
                case "System.IO.StreamReader" or "System.IO.StreamWriter":
                    return false;
                case "System.IO.TextReader" or "System.IO.TextWriter":
                    return true;
            }
        }

        return false;
    }

    /// <summary>Whether it is made of memory, itself or what it was made on top of.</summary>
    private static bool IsInMemory(IOperation value, int depth, CancellationToken cancellationToken)
    {
        value = value.Unconverted();
        for (var type = value.Type; type is not null; type = type.BaseType)
        {
            if (InMemory.Contains(Namespaces.Around(type) + "." + type.Name))
                return true;
        }

        // Far enough for a writer on a compressor on a buffer.
        if (depth > 6)
            return false;
        return value switch
        {
            ILocalReferenceOperation { Local: var local } => OriginOf(local, value, cancellationToken) is { } origin && IsInMemory(origin, depth + 1, cancellationToken),
            IObjectCreationOperation creation => creation.Arguments.Any(argument => IsStream(argument.Value) && IsInMemory(argument.Value, depth + 1, cancellationToken)),
            IConditionalOperation { WhenFalse: { } whenFalse } choice => IsInMemory(choice.WhenTrue, depth + 1, cancellationToken) && IsInMemory(whenFalse, depth + 1, cancellationToken),
            IFieldReferenceOperation { Field: { IsStatic: true, Name: "Null" } field } => NameOf(field.ContainingType) is "System.IO.Stream" or "System.IO.StreamReader" or "System.IO.StreamWriter",
            // What is in an assembly is mapped into memory.
            IInvocationOperation { TargetMethod: { Name: "GetManifestResourceStream", ContainingType: var type } } => NameOf(type) == "System.Reflection.Assembly",
            IParameterReferenceOperation { Parameter: var parameter } => IsGivenMemory(parameter, value, depth + 1, cancellationToken),
            IPropertyReferenceOperation or IFieldReferenceOperation or IInvocationOperation => false,
            _ => false,
        };
    }

    /// <summary>Whether every call of a helper that nobody else can call hands it memory.</summary>
    private static bool IsGivenMemory(IParameterSymbol parameter, IOperation use, int depth, CancellationToken cancellationToken)
        => parameter.ContainingSymbol is IMethodSymbol { MethodKind: MethodKind.Ordinary or MethodKind.LocalFunction } helper && use.SemanticModel is { } model
           && AsyncCode.For(model.Compilation).HoldsForEveryCall(helper, call => call.Arguments.FirstOrDefault(argument => argument.Parameter?.Ordinal == parameter.Ordinal)?.Value is { } given && IsInMemory(given, depth, cancellationToken), cancellationToken);

    private static bool IsStream(IOperation argument)
    {
        for (var type = argument.Unconverted().Type; type is not null; type = type.BaseType)
        {
            if (Namespaces.Around(type) + "." + type.Name is "System.IO.Stream" or "System.IO.TextReader" or "System.IO.TextWriter")
                return true;
        }

        return false;
    }

    /// <summary>What a local was made as, where it is given nothing else later.</summary>
    private static IOperation? OriginOf(ILocalSymbol local, IOperation use, CancellationToken cancellationToken)
    {
        if (local.DeclaringSyntaxReferences.Length != 1
            || local.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken) is not VariableDeclaratorSyntax { Initializer.Value: { } made } declarator
            || use.SemanticModel is not { } model
            || model.SyntaxTree != declarator.SyntaxTree)
        {
            return null;
        }

        var isGivenAnother = FileIndex.NamesIn(FunctionContext.EnclosingFunction(declarator), local.Name, cancellationToken)
            .Any(name => name.Parent is AssignmentExpressionSyntax assignment && assignment.Left == name && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellationToken).Symbol, local));
        return isGivenAnother ? null : model.GetOperation(made, cancellationToken);
    }

    /// <summary>Code that asks first whether something is there to be read does not wait for it.</summary>
    private static bool IsKnownReady(IInvocationOperation call, IOperation instance)
    {
        if (instance.ReferencedSymbol() is not { } receiver)
            return false;
        return call.Root().Descendants().Any(other => other.Syntax.SpanStart < call.Syntax.SpanStart && other switch
        {
            IPropertyReferenceOperation { Property.Name: "DataAvailable" or "Available", Instance: { } asked } => IsReceiver(asked),
            IInvocationOperation { TargetMethod.Name: "Poll" or "Pending", Instance: { } asked } => IsReceiver(asked),
            ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property.Name: "Blocking", Instance: { } asked } } => IsReceiver(asked),
            _ => false,
        });

        bool IsReceiver(IOperation asked) => SymbolEqualityComparer.Default.Equals(asked.ReferencedSymbol(), receiver);
    }
}
