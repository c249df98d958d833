using System;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Structured.Analyzers.Tests;

public class TokensInReachTests
{
    [Theory]
    [InlineData("void M(CancellationToken token) { $$(); }", "token")]
    [InlineData("void M(CancellationToken a, CancellationToken b) { $$(); }", "a, b")]
    [InlineData("void M(CancellationTokenSource source) { $$(); }", "source.Token")]
    [InlineData("void M(out CancellationToken token) { $$(); token = default; }", "")]
    [InlineData("void M(int number) { $$(); }", "")]
    [InlineData("void M(CancellationToken @event) { $$(); }", "@event")]
    [InlineData("int P { set { $$(); } } int this[CancellationToken token] { get { return 0; } }", "")]
    [InlineData("int this[CancellationToken token] { get { $$(); return 0; } }", "token")]
    [InlineData("int this[CancellationToken token] => $$();", "token")]
    public void Parameters(string members, string expected) => Verify(members, expected);

    [Theory]
    [InlineData("void M(CancellationToken token) { var linked = CancellationTokenSource.CreateLinkedTokenSource(token); $$(); }", "linked.Token, token")]
    [InlineData("void M(CancellationToken token) { $$(); var later = new CancellationTokenSource(); }", "token")]
    [InlineData("void M(CancellationToken token) { { var inner = token; } $$(); }", "token")]
    [InlineData("void M() { using (var source = new CancellationTokenSource()) { var token = source.Token; $$(); } }", "token, source.Token")]
    [InlineData("void M(object o) { if (o is CancellationToken token) $$(); }", "token")]
    [InlineData("void M() { Get(out var token); $$(); } void Get(out CancellationToken token) => token = default;", "token")]
    [InlineData("void M(CancellationToken[] all) { foreach (var token in all) $$(); }", "token")]
    [InlineData("void M() { var source = Make($$()); } CancellationTokenSource Make(int i) => null;", "")]
    [InlineData("void M((CancellationToken, int) pair) { (CancellationToken token, int number) = pair; $$(); }", "token")]
    [InlineData("void M((CancellationToken, int) pair) { var (token, _) = pair; $$(); }", "token")]
    [InlineData("void M((CancellationToken, (int, CancellationToken)) all) { var (first, (_, second)) = all; $$(); }", "second, first")]
    [InlineData("void M((CancellationToken, int) pair) { for ((CancellationToken token, int number) = pair; ; ) $$(); }", "token")]
    [InlineData("void M((CancellationToken, int)[] all) { foreach (var (token, number) in all) $$(); }", "token")]
    [InlineData("void M((CancellationToken, int)[] all) { foreach ((CancellationToken token, int number) in all) $$(); }", "token")]
    [InlineData("void M(object o) { switch (o) { case CancellationToken token: $$(); break; } }", "token")]
    [InlineData("int M(object o) { return o switch { CancellationToken token => $$(), _ => 0 }; }", "token")]
    [InlineData("int M(CancellationTokenSource s) => s is { Token: var token } ? $$() : 0;", "token, s.Token")]
    public void Locals(string members, string expected) => Verify(members, expected);

    [Theory]
    [InlineData("void M(CancellationToken outer) { Action<CancellationToken> a = inner => $$(); }", "inner, outer")]
    [InlineData("void M(CancellationToken outer) { Action<CancellationToken, CancellationToken> a = (_, _) => $$(); }", "outer")]
    [InlineData("void M(CancellationToken outer) { Action<CancellationToken> a = _ => $$(); }", "_, outer")]
    [InlineData("void M(CancellationToken outer) { void Local(CancellationToken inner) { $$(); } }", "inner, outer")]
    [InlineData("void M(CancellationToken outer) { static void Local(CancellationToken inner) { $$(); } }", "inner")]
    [InlineData("void M(CancellationToken token) { Action<CancellationToken> a = token => $$(); }", "token")]
    [InlineData("CancellationToken _token; void M() { Action a = static () => $$(); }", "")]
    [InlineData("CancellationToken _token; void M(CancellationToken outer) { Action a = () => { void Local() => $$(); }; }", "outer, _token")]
    public void CapturedVariables(string members, string expected) => Verify(members, expected);

    [Theory]
    [InlineData("CancellationToken _token; void M() { $$(); }", "_token")]
    [InlineData("CancellationTokenSource _source; CancellationToken Token { get; } void M() { $$(); }", "Token, _source.Token")]
    [InlineData("CancellationToken _token; void M(CancellationToken token) { $$(); }", "token, _token")]
    [InlineData("CancellationToken _token; static void M() { $$(); }", "")]
    [InlineData("static CancellationToken s_token; CancellationToken _token; static void M() { $$(); }", "s_token")]
    [InlineData("CancellationToken Unreadable { set { } } void M() { $$(); }", "")]
    [InlineData("CancellationToken _token; int _field = $$();", "")]
    [InlineData("CancellationToken _token; int P { get; } = $$();", "")]
    [InlineData("class Base { protected CancellationToken Stopping { get; } private CancellationToken _hidden; } class D : Base { void M() { $$(); } }", "Stopping")]
    [InlineData("class Outer { CancellationToken _token; class Inner { void M() { $$(); } } }", "")]
    [InlineData("CancellationToken _token; int P { get { $$(); return 0; } }", "_token")]
    [InlineData("CancellationToken _token; C() { $$(); }", "_token")]
    [InlineData("CancellationToken _token; static int P { get { $$(); return 0; } }", "")]
    [InlineData("CancellationToken this[int index] => default; void M() { $$(); }", "")]
    [InlineData("const int Token = 1; CancellationTokenSource _a, _b; void M() { $$(); }", "_a.Token, _b.Token")]
    [InlineData("CancellationToken _token; void M(int _token) { $$(); }", "")]
    [InlineData("CancellationToken _token; void M() { foreach (var _token in new[] { 1 }) $$(); }", "")]
    [InlineData("CancellationToken _token; void M() { Action<int> a = _token => { }; $$(); }", "_token")]
    [InlineData("CancellationToken _token; void M() { Action<int> a = _token => $$(); }", "")]
    [InlineData("CancellationToken _token; void M(C _other) { _other._token.ToString(); $$(); }", "_token")]
    [InlineData("class Base { protected CancellationToken Stopping; } class D : Base { new int Stopping; void M() { $$(); } }", "")]
    [InlineData("CancellationToken CancellationToken { get; } void M() { $$(); }", "CancellationToken")]
    public void Members(string members, string expected) => Verify(members, expected);

    [Theory]
    [InlineData("class Options { public CancellationToken CancelToken { get; set; } } class Request { public Options Options { get; } } void M(Request request) { $$(); }", "request.Options.CancelToken")]
    [InlineData("interface IContext { CancellationToken Aborted { get; } } void M(IContext context, CancellationToken token) { $$(); }", "token, context.Aborted")]
    [InlineData("class Holder { public CancellationTokenSource Source; private CancellationToken Hidden { get; } } void M(Holder holder) { $$(); }", "holder.Source.Token")]
    [InlineData("void M(OperationCanceledException exception, Task task, CancellationTokenRegistration registration) { $$(); }", "")]
    [InlineData("interface IBase { CancellationToken Aborted { get; } } interface IContext : IBase { } void M(IContext context) { $$(); }", "context.Aborted")]
    [InlineData("class Request { public CancellationTokenSource Stop; public CancellationToken Aborted; } void M(Request request) { $$(); }", "request.Aborted, request.Stop.Token")]
    [InlineData("struct Request { public CancellationToken Aborted; } void M(Request request) { $$(); }", "request.Aborted")]
    [InlineData("class Base { public CancellationToken Aborted; } class Request : Base { } void M(Request request) { $$(); }", "request.Aborted")]
    [InlineData("class Request { internal CancellationToken A; protected internal CancellationToken B; protected CancellationToken D; private CancellationToken E; } void M(Request request) { $$(); }", "request.A, request.B")]
    [InlineData("class Request { public static CancellationToken Shared; public CancellationToken Unreadable { set { } } public CancellationToken this[int index] => default; } void M(Request request) { $$(); }", "")]
    [InlineData("class Inner { public CancellationToken Token; } class Middle { public Inner Inner; } class Request { public Middle Middle; } void M(Request request) { $$(); }", "")]
    [InlineData("class Node { public Node Next; public CancellationToken Token; } void M(Node node) { $$(); }", "node.Token")]
    [InlineData("class Box<T> { public T Value; public CancellationToken Token; } class Request { public Box<int> Box; } void M(Request request, Box<int> box) { $$(); }", "box.Token")]
    [InlineData("void M((CancellationToken Token, int Number) pair, CancellationToken[] all, string text) { $$(); }", "")]
    [InlineData("class Failure : Exception { public CancellationToken Token; } void M(Failure failure) { $$(); }", "")]
    [InlineData("class Request { public CancellationToken Aborted; } void M(Request request) { Action<Request> a = other => $$(); }", "other.Aborted, request.Aborted")]
    [InlineData("class Request { public CancellationToken Aborted; } void M(out Request request) { $$(); request = null; }", "")]
    public void TokensThatAParameterCarries(string members, string expected) => Verify(members, expected);

    [Theory]
    [InlineData("void M(Request request = null) { $$(); }", "")]
    [InlineData("void Other(int number, Request request = null) { } void M(Request request) { $$(); }", "")]
    [InlineData("void Other(int number, string text = null) { } void M(Request request) { $$(); }", "request.Aborted")]
    [InlineData("void M(Request request = null) { request = Make(request); $$(); }", "request.Aborted")]
    [InlineData("void M(Request request = null) { request ??= new Request(); $$(); }", "request.Aborted")]
    [InlineData("void M(Request request = null) { $$(); request = Make(request); }", "")]
    [InlineData("void M(Request request = null) { request.ToString(); $$(); }", "request.Aborted")]
    [InlineData("void M(Request request = null) { $$(); request.ToString(); }", "")]
    [InlineData("void M(Request request = null) { if (request == null) throw new ArgumentNullException(); $$(); }", "request.Aborted")]
    [InlineData("void M(Request request = null) { if (null == request) { throw new ArgumentNullException(); } $$(); }", "request.Aborted")]
    [InlineData("void M(Request request = null) { _ = request ?? throw new ArgumentNullException(); $$(); }", "request.Aborted")]
    [InlineData("void M(Request request = null) { ArgumentNullException.ThrowIfNull(request); $$(); }", "request.Aborted")]
    [InlineData("void M(Request request) { if (request != null) request.ToString(); $$(); }", "")]
    [InlineData("void M(Request request) { if (request is null) return; $$(); }", "")]
    [InlineData("void M(Request request) { request?.ToString(); $$(); }", "")]
    [InlineData("void M(Request request) { Make(request ?? new Request()); $$(); }", "")]
    [InlineData("\n#nullable enable\nvoid M(Request? request) { $$(); }", "")]
    [InlineData("\n#nullable enable\nvoid Other(Request? request = null) { } void M(Request request) { $$(); }", "request.Aborted")]
    [InlineData("\n#nullable enable\nclass Around { public Request? Request; public Request Sure = new(); public CancellationTokenSource? Stop; } void M(Around around) { $$(); }", "around.Sure.Aborted")]
    public void TokensThatMayBeMissing(string members, string expected) => Verify(members + " class Request { public CancellationToken Aborted; } static Request Make(Request request) => new Request();", expected);

    [Fact]
    public void PrimaryConstructorParameters()
    {
        // Class parameter lists came with C# 12.
        if (Enum.IsDefined(typeof(LanguageVersion), 1200))
            VerifyFile("using System.Threading; class C(CancellationToken stopping, int other) { void M(CancellationToken token) { $$(); } static void N() { } }", "token, stopping");
        VerifyFile("using System.Threading; record R(CancellationToken Stopping) { void M() { $$(); } }", "Stopping");
        VerifyFile("using System.Threading; record R(CancellationToken Stopping) { static void M() { $$(); } }", "");
    }

    [Fact]
    public void TopLevelStatements()
        => VerifyFile("using System.Threading; var source = new CancellationTokenSource(); $$(); void Local() { }", "source.Token");

    private static void Verify(string members, string expected)
        => VerifyFile("using System; using System.Threading; using System.Threading.Tasks; class C { " + members + " }", expected);

    private static void VerifyFile(string source, string expected)
    {
        var position = source.IndexOf("$$", StringComparison.Ordinal);
        var tree = CSharpSyntaxTree.ParseText(source.Replace("$$", "Here", StringComparison.Ordinal), new CSharpParseOptions(LanguageVersion.Latest));
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(System.IO.Path.PathSeparator)
            .Where(static path => System.IO.Path.GetFileName(path) is "System.Private.CoreLib.dll" or "System.Runtime.dll")
            .Select(static path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create("Test", [tree], references);
        var node = tree.GetRoot().FindToken(position).Parent!;

        var found = TokensInReach.At(node, compilation.GetSemanticModel(tree), KnownSymbols.For(compilation), CancellationToken.None);

        Assert.Equal(expected, string.Join(", ", found.Where(static token => !token.MayBeMissing).Select(static token => token.Expression)));
    }
}
