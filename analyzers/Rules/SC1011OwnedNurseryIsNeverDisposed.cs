using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Structured.Analyzers;

/// <summary>SC1011: an owned nursery is opened, and its owner neither disposes of it, nor joins it, nor hands it over.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class SC1011OwnedNurseryIsNeverDisposed : StructuredAnalyzer
{
    /// <summary>Creates the rule.</summary>
    public SC1011OwnedNurseryIsNeverDisposed()
        : base(Descriptors.OwnedNurseryIsNeverDisposed)
    {
    }

    private protected override void Register(RuleContext context)
    {
        if (context.Symbols.OwnedNursery is null)
            return;
        var symbols = context.Symbols;
        context.Start.RegisterOperationAction(operation => AnalyzeOpening(operation, symbols), OperationKind.Invocation);
        PrivateMembers.RegisterUnattended(context.Start, new Use(symbols), static (end, member, place) => end.Report(Diagnostic.Create(Descriptors.OwnedNurseryIsNeverDisposed, place, member.Name)));
    }

    /// <summary>One that is kept in a local, or not at all.</summary>
    private static void AnalyzeOpening(OperationAnalysisContext context, KnownSymbols symbols)
    {
        var opening = (IInvocationOperation)context.Operation;
        if (!IsOpening(opening, symbols))
            return;
        IOperation value = opening;
        while (value.Parent is IConversionOperation { IsImplicit: true } conversion)
            value = conversion;
        switch (value.Parent)
        {
            case IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var local } declarator } when !IsUsing(declarator):
                if (opening.Root().Descendants().OfType<ILocalReferenceOperation>().All(reference => !SymbolEqualityComparer.Default.Equals(reference.Local, local) || PassingUses.Contain(reference, member => IsPassing(member, symbols))))
                    Report(local.Locations[0], local.Name);
                break;
            case IExpressionStatementOperation or ISimpleAssignmentOperation { Target: IDiscardOperation }:
            case IInvocationOperation or IPropertyReferenceOperation when IsPassing(value.Parent, symbols):
            case IArgumentOperation { Parameter.Ordinal: 0, Parent: IInvocationOperation { TargetMethod.IsExtensionMethod: true } extension } when IsPassing(extension, symbols):
                Report(opening.Syntax.GetLocation(), "Nursery.Open");
                break;
        }

        void Report(Location place, string name) => context.Report(Diagnostic.Create(Descriptors.OwnedNurseryIsNeverDisposed, place, name));
    }

    private static bool IsUsing(IOperation declarator)
    {
        for (var parent = declarator.Parent; parent is not null; parent = parent.Parent)
        {
            switch (parent)
            {
                case IUsingOperation or IUsingDeclarationOperation:
                    return true;
                case IBlockOperation:
                    return false;
            }
        }

        return false;
    }

    private static bool IsOpening(IOperation? value, KnownSymbols symbols)
        => value?.Unconverted() is IInvocationOperation { TargetMethod: { Name: RuntimeNames.Open, IsStatic: true } method } && KnownSymbols.Is(method.ContainingType, symbols.Nursery);

    /// <summary>What can be done with a nursery without ending it.</summary>
    private static bool IsPassing(IOperation member, KnownSymbols symbols)
        => member switch
        {
            IInvocationOperation call => ChildStart.NurseryOf(call, symbols) is not null || call.TargetMethod.Name == "Cancel" && KnownSymbols.Is(call.TargetMethod.ContainingType, symbols.Nursery),
            IPropertyReferenceOperation { Property: var property } => KnownSymbols.Is(property.ContainingType, symbols.Nursery),
            _ => false,
        };

    private sealed class Use : PrivateMemberUse
    {
        private readonly KnownSymbols _symbols;

        public Use(KnownSymbols symbols) => _symbols = symbols;

        public override bool IsWanted(ITypeSymbol type) => KnownSymbols.Is(type, _symbols.OwnedNursery) || KnownSymbols.Is(type, _symbols.Nursery);

        public override bool IsPassing(IOperation reference) => PassingUses.Contain(reference, member => SC1011OwnedNurseryIsNeverDisposed.IsPassing(member, _symbols));

        /// <summary>Reported where the member is declared: that is what the owner has to look after.</summary>
        public override Location? Given(IOperation reference, CancellationToken cancellationToken)
            => reference switch
            {
                IFieldInitializerOperation initializer => IsOpening(initializer.Value, _symbols) ? initializer.InitializedFields[0].Locations[0] : null,
                IPropertyInitializerOperation initializer => IsOpening(initializer.Value, _symbols) ? initializer.InitializedProperties[0].Locations[0] : null,
                IMemberReferenceOperation { Parent: IAssignmentOperation assignment } member when assignment.Target == member => IsOpening(assignment.Value, _symbols) ? member.Member.Locations[0] : null,
                _ => null,
            };
    }
}
