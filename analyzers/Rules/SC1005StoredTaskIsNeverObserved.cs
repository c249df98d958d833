using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC1005: a task is put in a private field, property or collection, and nothing ever awaits it, joins it or passes it on.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC1005StoredTaskIsNeverObserved : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC1005StoredTaskIsNeverObserved()
        : base(Descriptors.StoredTaskIsNeverObserved)
    {
    }

    private protected override void Register(RuleContext context)
        => PrivateMembers.RegisterUnattended(
            context.Start,
            new Use(context.Symbols, context.Settings),
            static (end, member, place) => end.Report(Diagnostic.Create(Descriptors.StoredTaskIsNeverObserved, place, member.Name)));

    private sealed class Use : PrivateMemberUse
    {
        private readonly KnownSymbols _symbols;
        private readonly AnalyzerSettings _settings;

        public Use(KnownSymbols symbols, AnalyzerSettings settings)
        {
            _symbols = symbols;
            _settings = settings;
        }

        public override bool IsWanted(ITypeSymbol type)
            => Awaitables.IsTaskOrValueTask(type, _symbols)
               || type is INamedTypeSymbol { TypeArguments: { IsEmpty: false } arguments } collection && ObjectKeeping.IsCollection(collection) && Awaitables.IsTaskOrValueTask(arguments.Last(), _symbols);

        public override bool IsPassing(IOperation reference) => PassingUses.Contain(reference, IsPassingMember);

        public override Location? Given(IOperation reference, CancellationToken cancellationToken)
        {
            var value = reference switch
            {
                ISymbolInitializerOperation initializer => initializer.Value,
                { Parent: IAssignmentOperation assignment } when assignment.Target == reference => assignment.Value,
                { Parent: IPropertyReferenceOperation { Parent: ISimpleAssignmentOperation element } indexer } when element.Target == indexer => element.Value,
                { Parent: IInvocationOperation { TargetMethod: var method, Arguments: { IsEmpty: false } arguments } } when ObjectKeeping.IsCollectionAdd(method) => arguments.OrderBy(static argument => argument.Parameter?.Ordinal).Last().Value,
                _ => null,
            };
            return value?.SemanticModel is { } model
                   && value.Unconverted().Syntax is ExpressionSyntax expression
                   && Awaitables.IsTaskOrValueTask(value.Type, _symbols)
                   && TaskOrigins.For(model.Compilation).Of(expression, model, _settings, cancellationToken) is { Calls.Count: > 0, Origin: var origin } && (origin & TaskOrigin.Elsewhere) == 0
                ? expression.GetLocation()
                : null;
        }

        /// <summary>Questions about a task, and what is done to a collection without taking a task out of it.</summary>
        private bool IsPassingMember(IOperation member)
            => member switch
            {
                IPropertyReferenceOperation { Property: { IsIndexer: true } } indexer => indexer.Parent is ISimpleAssignmentOperation assignment && assignment.Target == indexer && assignment.Parent is IExpressionStatementOperation,
                IPropertyReferenceOperation { Property: var property } => property.Name is not (nameof(System.Threading.Tasks.Task<int>.Result) or nameof(System.Threading.Tasks.Task.Exception) or "Values") && (Awaitables.IsTaskOrValueTask(property.ContainingType, _symbols) || ObjectKeeping.IsCollection(property.ContainingType)),
                IInvocationOperation { TargetMethod: { ContainingType: var type } method } call => Awaitables.IsTask(type, _symbols)
                    ? method.Name == nameof(System.IDisposable.Dispose)
                    : ObjectKeeping.IsCollectionAdd(method) && call.Parent is IExpressionStatementOperation
                      || ObjectKeeping.IsCollection(type) && method.Name is "Clear" or "Contains" or "ContainsKey"
                      || ObjectKeeping.IsCollectionRemove(method) && method.Parameters.All(static parameter => parameter.RefKind == RefKind.None) && method.ReturnType.SpecialType is SpecialType.System_Boolean or SpecialType.System_Void,
                _ => false,
            };
    }
}
