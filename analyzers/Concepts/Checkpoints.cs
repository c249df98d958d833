using System;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>What an operation is to the scheduler and to cancellation.</summary>
[Flags]
internal enum CheckpointKinds
{
    None = 0,

    /// <summary>May give the thread back.</summary>
    Schedule = 1,

    /// <summary>Observes a cancellation that can still come.</summary>
    Cancel = 2,
}

/// <summary>Which operations are checkpoints. In .NET an await alone only gives the thread back; what observes cancellation is a token, or this runtime.</summary>
internal sealed class Checkpoints
{
    private readonly KnownSymbols _symbols;
    private readonly AnalyzerSettings _settings;

    public Checkpoints(KnownSymbols symbols, AnalyzerSettings settings)
    {
        _symbols = symbols;
        _settings = settings;
    }

    /// <summary>What <paramref name="operation"/> itself is, not what is inside it.</summary>
    public CheckpointKinds Of(IOperation operation)
        => operation switch
        {
            IAwaitOperation awaited => OfAwait(awaited),
            IInvocationOperation call => OfCall(call),
            IObjectCreationOperation creation => creation.Arguments.Any(IsLiveToken) ? CheckpointKinds.Cancel : CheckpointKinds.None,
            // `await using` disposes of nothing only where the resource is null, which nobody writes.
            IIsNullOperation { IsImplicit: true } check when IsResourceOfAwaitUsing(check.Syntax) => CheckpointKinds.Schedule,
            IPropertyReferenceOperation property => ObservesByReading(property.Property) ? CheckpointKinds.Cancel : CheckpointKinds.None,
            _ => CheckpointKinds.None,
        };

    private static bool IsResourceOfAwaitUsing(SyntaxNode syntax)
        => syntax.FirstAncestorOrSelf<StatementSyntax>() is UsingStatementSyntax { AwaitKeyword.RawKind: not 0 } or LocalDeclarationStatementSyntax { AwaitKeyword.RawKind: not 0 };

    private CheckpointKinds OfAwait(IAwaitOperation awaited)
    {
        var operand = awaited.Operation.Unconverted();
        if (operand is IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } configured })
            operand = configured;
        // What is complete already is never waited for, so the thread stays here.
        if (operand is IPropertyReferenceOperation { Property: var property } && Operations.IsCompletedTask(property, _symbols))
            return CheckpointKinds.None;
        if (operand is IInvocationOperation { TargetMethod: { Name: "FromResult", IsStatic: true } completed } && Awaitables.IsTaskOrValueTask(completed.ContainingType, _symbols))
            return CheckpointKinds.None;
        return CheckpointKinds.Schedule;
    }

    private CheckpointKinds OfCall(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (_settings.IsCheckpoint(method, call.Syntax.SyntaxTree))
            return CheckpointKinds.Schedule | CheckpointKinds.Cancel;
        if (method.Name == "ThrowIfCancellationRequested" && KnownSymbols.Is(method.ContainingType, _symbols.CancellationToken))
            return CheckpointKinds.Cancel;
        // Registering, linking or storing a token observes nothing yet.
        if (KnownSymbols.Is(method.ContainingType, _symbols.CancellationTokenSource))
            return CheckpointKinds.None;
        if (call.Arguments.Any(IsLiveToken))
            return CheckpointKinds.Cancel;
        return ObservesAmbientScope(method) ? CheckpointKinds.Cancel : CheckpointKinds.None;
    }

    private bool IsLiveToken(IArgumentOperation argument)
        => argument.Parameter is { RefKind: RefKind.None }
           && KnownSymbols.Is(argument.Value.Type, _symbols.CancellationToken)
           && argument.ArgumentKind != ArgumentKind.DefaultValue
           && !argument.Value.IsNoToken(_symbols);

    private bool ObservesByReading(IPropertySymbol property)
        => property.Name == "IsCancellationRequested" && (KnownSymbols.Is(property.ContainingType, _symbols.CancellationToken) || KnownSymbols.IsOrDerivesFrom(property.ContainingType, _symbols.CancellationTokenSource) || KnownSymbols.Is(property.ContainingType, _symbols.CancelScope))
           || property.Name == "IsCancelled" && KnownSymbols.Is(property.ContainingType, _symbols.Checkpoint);

    /// <summary>The runtime's own waits look at the surrounding scope; opening a nursery or a shield does not.</summary>
    private bool ObservesAmbientScope(IMethodSymbol method)
    {
        var type = (method.ReducedFrom ?? method).ContainingType?.OriginalDefinition;
        if (type is null || _symbols.Checkpoint is not { } checkpoint || !SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, checkpoint.ContainingAssembly))
            return false;
        if (KnownSymbols.Is(type, checkpoint))
            return true;
        return Awaitables.IsAwaitable(method.ReturnType, _symbols) && !KnownSymbols.IsOrDerivesFrom(type, _symbols.Nursery) && !KnownSymbols.Is(type, _symbols.CancelScope) && !KnownSymbols.Is(type, _symbols.NurseryExtensions);
    }
}
