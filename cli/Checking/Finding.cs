using System.Globalization;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Structured.Cli.Checking;

/// <summary>One finding of a rule, in one project.</summary>
internal sealed record Finding(Project Project, Diagnostic Diagnostic)
{
    public string Id => Diagnostic.Id;

    public string Path => Diagnostic.Location.GetLineSpan().Path;

    /// <summary>Counted from one, as everything that is shown.</summary>
    public int Line => Diagnostic.Location.GetLineSpan().StartLinePosition.Line + 1;

    public int Column => Diagnostic.Location.GetLineSpan().StartLinePosition.Character + 1;

    public int EndLine => Diagnostic.Location.GetLineSpan().EndLinePosition.Line + 1;

    /// <summary>The column behind the last character.</summary>
    public int EndColumn => Diagnostic.Location.GetLineSpan().EndLinePosition.Character + 1;

    public string Message => Diagnostic.GetMessage(CultureInfo.InvariantCulture);

    public string Severity => Diagnostic.Severity.ToString().ToLowerInvariant();

    /// <summary>The same place, whichever target framework or linking project it was found in.</summary>
    public (string Id, string Path, int Start, int End) Key => (Id, Path, Diagnostic.Location.SourceSpan.Start, Diagnostic.Location.SourceSpan.End);

    /// <summary>The first line of the code it points at, without its indentation and with single spaces.</summary>
    public string Code
    {
        get
        {
            var line = Diagnostic.Location.SourceTree!.GetText().Lines.GetLineFromPosition(Diagnostic.Location.SourceSpan.Start).ToString();
            return string.Join(' ', line.Split((char[]?)null, System.StringSplitOptions.RemoveEmptyEntries));
        }
    }

    /// <summary>The member it lies in, with its types: <c>Outer.Inner.Method</c>; empty at the top level.</summary>
    public string Member
        => string.Join('.', Node().AncestorsAndSelf().Select(NameOf).OfType<string>().Reverse());

    /// <summary>The lines of the statement it stands in: whoever changes one of them changes what was found.</summary>
    public (int First, int Last) Lines
    {
        get
        {
            var first = Line;
            var last = EndLine;
            var statement = Node().AncestorsAndSelf().TakeWhile(static node => node is not (MemberDeclarationSyntax and not GlobalStatementSyntax))
                .FirstOrDefault(static node => node is StatementSyntax and not (BlockSyntax or LocalFunctionStatementSyntax));
            if (statement is not null)
            {
                var span = statement.SyntaxTree.GetLineSpan(statement.Span);
                first = System.Math.Min(first, span.StartLinePosition.Line + 1);
                last = System.Math.Max(last, span.EndLinePosition.Line + 1);
            }

            return (first, last);
        }
    }

    private SyntaxNode Node()
    {
        var root = Diagnostic.Location.SourceTree!.GetRoot();
        return root.FindNode(TextSpan.FromBounds(Diagnostic.Location.SourceSpan.Start, System.Math.Min(Diagnostic.Location.SourceSpan.End, root.FullSpan.End)), getInnermostNodeForTie: true);
    }

    private static string? NameOf(SyntaxNode node)
        => node switch
        {
            BaseTypeDeclarationSyntax type => type.Identifier.ValueText,
            DelegateDeclarationSyntax type => type.Identifier.ValueText,
            MethodDeclarationSyntax method => method.Identifier.ValueText,
            ConstructorDeclarationSyntax => ".ctor",
            DestructorDeclarationSyntax => "Finalize",
            PropertyDeclarationSyntax property => property.Identifier.ValueText,
            EventDeclarationSyntax declared => declared.Identifier.ValueText,
            IndexerDeclarationSyntax => "this[]",
            OperatorDeclarationSyntax declared => "operator " + declared.OperatorToken.ValueText,
            ConversionOperatorDeclarationSyntax => "operator",
            VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax } field => field.Identifier.ValueText,
            LocalFunctionStatementSyntax function => function.Identifier.ValueText,
            _ => null,
        };
}
